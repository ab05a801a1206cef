// node check.cjs STAGES CACHES: fails if this Node rejects the code cache of a stage.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { compileStage } = require('./stages.cjs');

const [stages, caches] = process.argv.slice(2);
for (const name of readdirSync(stages)) {
  const code = readFileSync(join(stages, name), 'latin1');
  const cache = readFileSync(join(caches, `${name}.cache`));
  if (compileStage(name, { code, cache }).cachedDataRejected) {
    throw new Error(`the code cache of ${name} was rejected`);
  }
}
