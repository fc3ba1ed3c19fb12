/** The order of test files: what takes minutes begins first, so that no worker is left alone with it at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files outside `test/e2e` that take more than half a minute as well. */
const slow = /\/test\/(e2e\/|infra\/stack\.int|cli\/commands\.int|client\/(package|python)\.int|web\/)/;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ project, moduleId }: TestSpecification): number =>
      2 * project.config.sequence.groupOrder + Number(!slow.test(moduleId));
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
