// A reporter of vitest for scripts/summary.mjs: of each test file how long it took, with what is set up for it, and how its tests
// ended, into the file that PROTO_TEST_REPORT names. Vitest's own JSON has no time but that of the tests themselves.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export default class Reporter {
  /** @type {import('vitest/node').Reporter['onTestRunEnd']} */
  onTestRunEnd(modules, errors, reason) {
    const file = process.env.PROTO_TEST_REPORT;
    const report = {
      reason,
      errors: errors.map(({ message }) => message),
      files: modules.map(told),
    };
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(report, null, 2));
  }
}

function told(module) {
  const { setupDuration, collectDuration, duration } = module.diagnostic();
  return {
    file: module.relativeModuleId,
    tier: module.project.name,
    seconds: (setupDuration + collectDuration + duration) / 1000,
    state: module.state(),
    tests: [...module.children.allTests()].map((test) => ({
      name: test.fullName,
      state: test.result().state,
    })),
  };
}
