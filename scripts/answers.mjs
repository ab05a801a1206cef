// The output of --version and --help, generated from the commander tree by src/cli/answers.ts.
import { importSource } from './source.mjs';

/** @param root the project's folder @returns the text of answers.json */
export async function answersJson(root) {
  const { answers } = await importSource(root, 'src/cli/answers.ts');
  return JSON.stringify(answers());
}
