// What Node starts in the executable: the program, out of its assets.
const { getRawAsset } = require('node:sea');
const { stageLoader } = require('./stages.cjs');

const load = stageLoader((name) => ({
  // What esbuild writes is ASCII.
  code: Buffer.from(getRawAsset(name)).latin1Slice(),
  ...cacheOf(name),
}));

/** V8's code cache, which spares the compiling; an executable for another machine than the build's has none. */
function cacheOf(name) {
  try {
    return { cache: Buffer.from(getRawAsset(`${name}.cache`)) };
  } catch {
    return {};
  }
}

load('proto-scaffold.js');
