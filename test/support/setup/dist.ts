import type { TestProject } from 'vitest/node';
// @ts-expect-error scripts have no types
import { buildIfStale } from '../../../scripts/fresh.mjs';

/** What the tests run is what is in the sources now, at the first run and at each one after an edit. */
export default function setup(project: TestProject): void {
  buildIfStale();
  project.onTestsRerun(() => void buildIfStale());
}
