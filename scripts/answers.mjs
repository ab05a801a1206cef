// What the program prints for --version and --help, made from the commander tree by the program's own src/cli/answers.ts.
import { build } from 'esbuild';

/** @param root the project's folder @returns the text of answers.json */
export async function answersJson(root) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/answers.ts'],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    // No command is run.
    external: ['../commands/*'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
  });
  const module = Buffer.from(outputFiles[0].contents).toString('base64');
  const { answers } = await import(`data:text/javascript;base64,${module}`);
  return JSON.stringify(answers());
}
