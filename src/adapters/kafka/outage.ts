/** Names Kafka in an error, so that whoever reads it in a stage's health knows what is away. */
import { ImpactError } from '../../domain/errors.ts';

/** kafkajs's messages name an address at best. */
export const kafkaError = (error: unknown): ImpactError =>
  error instanceof ImpactError ? error : new ImpactError('unavailable', `kafka: ${(error as Error).message}`, { cause: error });

/** @throws what `work` throws, as an ImpactError that names Kafka */
export const asKafka = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw kafkaError(error);
  });
