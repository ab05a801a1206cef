// Loads the stages of the program in the executable: like Node's require(), from memory.
const { Script } = require('node:vm');

const opening = '(function (exports, require, module, __dirname) {';

/** @param {{ code: string, cache?: Buffer }} stage */
function compileStage(name, { code, cache }) {
  return new Script(`${opening}${code}\n})`, {
    filename: name,
    // The columns in a stack trace refer to the stage.
    columnOffset: -opening.length,
    ...(cache && { cachedData: cache }),
  });
}

/**
 * @param {(name: string) => { code: string, cache?: Buffer }} read a stage by file name
 * @param {(name: string, script: Script) => void} [compiled] is called for each loaded stage
 * @param {string} [folder] the folder of the program's other files, if they are not assets
 */
function stageLoader(read, compiled = () => {}, folder = undefined) {
  const modules = new Map();
  const requireHere = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));
  function load(name) {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    const script = compileStage(name, read(name));
    compiled(name, script);
    script.runInThisContext().call(module.exports, module.exports, requireHere, module, folder);
    return module.exports;
  }
  return load;
}

module.exports = { compileStage, stageLoader };
