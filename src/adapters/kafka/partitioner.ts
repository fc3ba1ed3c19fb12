/** Java's way of choosing partitions, with a memory. */
import kafkajs, { type ICustomPartitioner } from 'kafkajs';
import type { Routing } from '../../domain/routing.ts';

/** For a producer whose sends are verified by the same routing. */
export const partitionerOf =
  (routing: Routing): ICustomPartitioner =>
  () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    return (asked) => routing.route(asked, choose);
  };
