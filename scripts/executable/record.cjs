// node record.cjs STAGES CACHES ARGUMENTS…: runs the program with these arguments, then writes V8's code cache of
// every stage: the code that runs on load, and all functions that the run has used.
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { stageLoader } = require('./stages.cjs');

const [stages, caches, ...args] = process.argv.slice(2);
const scripts = new Map();
const load = stageLoader(
  (name) => ({ code: readFileSync(join(stages, name), 'latin1') }),
  (name, script) => scripts.set(name, script),
  dirname(stages),
);

process.argv.splice(1, process.argv.length, 'proto-scaffold', ...args);
process.on('exit', () => {
  for (const name of readdirSync(stages).sort()) load(name);
  mkdirSync(caches);
  for (const [name, script] of scripts) {
    writeFileSync(join(caches, `${name}.cache`), script.createCachedData());
  }
});
load('proto-scaffold.js');
