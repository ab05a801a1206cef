import type { TestProject } from 'vitest/node';
// @ts-expect-error scripts have no types
import { isIsolated } from '../../../scripts/isolate.mjs';
import { type Engine, startEngine } from './engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** For `DOCKER_HOST`; set by ../setup/engine.ts before a test file runs. */
    dockerHost: string;
    /** For `DOCKER_CONFIG`: so that no test reads or writes the logins of who runs it. */
    dockerConfig: string;
  }
}

/** One engine for all test files of the project, ready before the first of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!isIsolated()) {
    throw new Error(
      'The engine tests need a network of their own, or the packet filter of this machine would have a say in them. Run: npm run test:engine -- FILE …',
    );
  }
  const engine: Engine = await startEngine();
  project.provide('dockerHost', engine.host);
  project.provide('dockerConfig', `${engine.folder}/client`);
  return engine.stop;
}
