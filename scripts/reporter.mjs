// A vitest reporter for scripts/summary.mjs: writes the duration of each test file, including its setup, and the results of its
// tests to the file in PROTO_TEST_REPORT. The JSON of vitest contains only the time of the tests themselves.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

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
    tests: [...module.children.allTests()].map((test) => {
      const { state, errors = [] } = test.result();
      return { name: test.fullName, state, errors: errors.map(firstLines) };
    }),
  };
}

/** What a reader of the summary needs to know it again; all of it is in the output of the run itself. */
function firstLines({ message = '' }) {
  return stripVTControlCharacters(message).split('\n').slice(0, 3).join(' ').slice(0, 300);
}
