// node scripts/summary.mjs REPORT: the last line of a CI run, `N passed, N failed`, from vitest's JSON
// report. Fails when a test failed, when one was left out, and when none ran.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const passed = report.numPassedTests;
// A file can fail without a failed test: it could not be loaded, or what it sets up first failed.
const failedFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
);
const failed = report.numFailedTests + failedFiles.length;
const leftOut = report.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status !== 'passed' && status !== 'failed');

for (const { fullName, status } of leftOut) console.log(`Not run (${status}): ${fullName}`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || leftOut.length > 0 || passed === 0 || !report.success) process.exitCode = 1;
