import type { TestProject } from 'vitest/node';
import { type Engine, startEngine } from './engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** For `DOCKER_HOST`; set by ./setup.ts before a test file runs. */
    dockerHost: string;
    /** For `DOCKER_CONFIG`: so that no test reads or writes the logins of who runs it. */
    dockerConfig: string;
  }
}

/** One engine for all test files of the project, ready before the first of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine: Engine = await startEngine();
  project.provide('dockerHost', engine.host);
  project.provide('dockerConfig', `${engine.folder}/client`);
  return engine.stop;
}
