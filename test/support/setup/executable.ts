// @ts-expect-error scripts have no types
import { executableIfStale } from '../../../scripts/fresh.mjs';

/** Makes the executable out of the stages that are in dist/, before the first test file that runs it. */
export default function setup(): void {
  executableIfStale();
}
