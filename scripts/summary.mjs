// node scripts/summary.mjs FOLDER: from vitest's JSON reports in there the slowest test files, and as the last line of a CI run
// `N passed, N failed`, of all of them together. Fails when a test failed, when one was left out, and when a report has none.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

const shown = 25;

const folder = process.argv[2];
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...JSON.parse(readFileSync(join(folder, name), 'utf8')) }));
const files = reports.flatMap(({ testResults }) => testResults);
const tests = files.flatMap(({ assertionResults }) => assertionResults);

// A file can fail without a failed test: it could not be loaded, or what it sets up first failed.
const failedFiles = files.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
);
const passed = tests.filter(({ status }) => status === 'passed').length;
const failed = tests.filter(({ status }) => status === 'failed').length + failedFiles.length;
const leftOut = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
const empty = reports.filter(({ numPassedTests }) => numPassedTests === 0);
const unsuccessful = reports.filter(({ success }) => !success);

const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
const slowest = files.toSorted((a, b) => seconds(b) - seconds(a)).slice(0, shown);
console.log(`The slowest of ${files.length} test files, in seconds:`);
for (const file of slowest) {
  console.log(`${seconds(file).toFixed(1).padStart(8)}  ${file.name.replace(root, '')}`);
}
for (const { name } of failedFiles) console.log(`Failed to run: ${name.replace(root, '')}`);
for (const { name } of empty) console.log(`Ran no test: ${name}`);
for (const { fullName, status } of leftOut) console.log(`Not run (${status}): ${fullName}`);
console.log(`${passed} passed, ${failed} failed`);
if (failed + leftOut.length + empty.length + unsuccessful.length > 0 || passed === 0) {
  process.exitCode = 1;
}
