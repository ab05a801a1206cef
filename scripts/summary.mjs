// node scripts/summary.mjs FOLDER: prints the slowest test files and what failed, from the reports in the folder
// (scripts/reporter.mjs), and `N passed, N failed` for all tiers as the last line of a CI run. Fails if a test failed or was skipped, or if a run had no tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const shown = 25;

const folder = process.argv[2];
const reports = readdirSync(folder).map((name) => ({
  name,
  ...JSON.parse(readFileSync(join(folder, name), 'utf8')),
}));
const files = reports.flatMap(({ files }) => files);
const tests = files.flatMap(({ file, tests }) => tests.map((test) => ({ file, ...test })));
const inState = (...states) => tests.filter(({ state }) => states.includes(state));

// A file can fail without a failed test, if it cannot be loaded or its setup fails.
const failedFiles = files.filter(
  ({ state, tests }) => state === 'failed' && tests.every((test) => test.state !== 'failed'),
);
const passed = inState('passed').length;
const failed = inState('failed').length + failedFiles.length;
const leftOut = inState('skipped', 'pending');
const unsuccessful = reports.filter(
  ({ reason, files }) => reason !== 'passed' || files.length === 0,
);

console.log(`The slowest of ${files.length} test files, in seconds, including setup:`);
for (const { file, tier, seconds } of files
  .toSorted((a, b) => b.seconds - a.seconds)
  .slice(0, shown)) {
  console.log(`${seconds.toFixed(1).padStart(8)}  ${tier.padEnd(10)}  ${file}`);
}
for (const { name, files, errors } of unsuccessful) {
  console.log([`Not passed: ${name}, ${files.length} files`, ...errors].join('\n  '));
}
for (const { file, name, errors } of inState('failed')) {
  console.log(`Failed: ${file}: ${name}: ${errors.join(' ')}`);
}
for (const { file } of failedFiles) console.log(`Failed to run: ${file}`);
for (const { file, name, state } of leftOut) console.log(`Not run (${state}): ${file}: ${name}`);
console.log(`${passed} passed, ${failed} failed`);
if (failed + leftOut.length + unsuccessful.length > 0 || passed === 0) process.exitCode = 1;
