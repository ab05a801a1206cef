// The entry point of the executable: starts the program from the assets.
const { getRawAsset } = require('node:sea');
const { stageLoader } = require('./stages.cjs');

const load = stageLoader((name) => ({
  // The output of esbuild is ASCII.
  code: Buffer.from(getRawAsset(name)).latin1Slice(),
  ...cacheOf(name),
}));

/** V8's code cache, which avoids compilation. An executable for another architecture than the build machine has none. */
function cacheOf(name) {
  try {
    return { cache: Buffer.from(getRawAsset(`${name}.cache`)) };
  } catch {
    return {};
  }
}

load('proto-scaffold.js');
