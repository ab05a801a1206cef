// Imports a module of the program's source into a build script.
import { build } from 'esbuild';

/** @param root the project's folder @param path of a TypeScript module in it @returns the exports of the module */
export async function importSource(root, path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    // No command runs.
    external: ['../commands/*'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
  });
  const module = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${module}`);
}
