// Loaded before the program (`node --require`): stands between it and every call of its host/ layer that changes a file or
// starts a process, counts them, and does at some of them what it is reported in PROTO_TORTURE:
//   log    where the calls are reported, one a line; with acts only those that are met
//   acts   at      the number of a call, from 1; or
//          match   a regular expression for its name and subject: `rename .*/journal\.json`
//          times   that many of them, from the first on
//          after   not before a call like that was met
//          act     kill: end the process before the call; tear: after half of what it writes; SIGTERM and the like:
//                  send that and go on; tell: only log it; else the error that the call fails with
const childProcess = require('node:child_process');
const fs = require('node:fs');
const { errno } = require('node:os').constants;

const { log, acts = [] } = JSON.parse(process.env.PROTO_TORTURE ?? '{}');
// The program's children are not meant.
delete process.env.PROTO_TORTURE;
delete process.env.NODE_OPTIONS;

const { writeSync } = fs;
const out = log === undefined ? undefined : fs.openSync(log, 'a');
let count = 0;

const die = () => process.kill(process.pid, 'SIGKILL');

function isMeant(each, line) {
  const { at = 1, match, times = 1, after } = each;
  if (after !== undefined) {
    const isArmed = each.isArmed === true;
    each.isArmed = isArmed || new RegExp(after).test(line);
    if (!isArmed) return false;
  }
  if (match !== undefined && !new RegExp(match).test(line)) return false;
  each.met = match === undefined ? count : (each.met ?? 0) + 1;
  return each.met >= at && each.met < at + times;
}

/** Counts a call. @returns what is to be done in its place, if anything; it throws what the call would */
function meet(name, subject, half) {
  count += 1;
  const line = `${name} ${subject}`;
  const meant = acts.filter((each) => isMeant(each, line));
  if (out !== undefined && (acts.length === 0 || meant.length > 0)) {
    writeSync(out, `${count} ${line}\n`);
  }
  for (const { act } of meant) if (act.startsWith('SIG')) process.kill(process.pid, act);
  const act = meant.find((each) => !/^(SIG|tell$)/.test(each.act))?.act;
  if (act === undefined) return undefined;
  if (act === 'kill') return die;
  if (act === 'tear') return half ?? die;
  return () => {
    const message = `${act}: made by the test, ${line}`;
    const about = { errno: -errno[act], code: act, syscall: name, path: String(subject) };
    throw Object.assign(new Error(message), about);
  };
}

const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
function isForWriting(flags = 'r') {
  return typeof flags === 'number'
    ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0
    : /[wa+]/.test(flags);
}

const { readlinkSync } = fs;
/** A path by an open folder (proc(5), /proc/PID/fd) is where the folder is. */
function realName(path) {
  return String(path).replace(/^\/proc\/self\/fd\/\d+/, (folder) => readlinkSync(folder));
}

/** A call's subject is where it leads: `rename` and the like name two. */
const subjectOf = ([path, to]) => realName(/^\//.test(String(to)) ? to : path);

function meetPromises(owner, names, about, halfOf) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = async function (...args) {
      const half = halfOf && (() => halfOf.call(this, original, args));
      const instead = meet(name, about.call(this, args), half);
      return instead === undefined ? original.apply(this, args) : instead();
    };
  }
}

const naming = ['mkdir', 'rename', 'rm', 'rmdir', 'unlink', 'link', 'symlink', 'mkdtemp', 'cp'];
const attributes = ['chmod', 'chown', 'lchown', 'utimes', 'lutimes'];
const contents = ['writeFile', 'appendFile', 'copyFile', 'truncate'];
meetPromises(fs.promises, [...naming, ...attributes, ...contents], subjectOf);

const paths = new WeakMap();
const { open } = fs.promises;
fs.promises.open = async (path, flags, mode) => {
  if (isForWriting(flags)) meet('open', path)?.();
  const handle = await open(path, flags, mode);
  if (paths.get(Object.getPrototypeOf(handle)) === undefined) {
    meetHandles(Object.getPrototypeOf(handle));
  }
  paths.set(handle, path);
  return handle;
};

function meetHandles(prototype) {
  paths.set(prototype, 'met');
  const about = function () {
    return paths.get(this);
  };
  meetPromises(prototype, ['sync', 'datasync', 'chmod', 'chown', 'truncate', 'utimes'], about);
  meetPromises(
    prototype,
    ['write', 'writeFile', 'appendFile'],
    about,
    async function (original, [data, ...rest]) {
      const bytes = Buffer.from(data);
      await original.call(this, bytes.subarray(0, bytes.length >> 1), ...rest);
      die();
    },
  );
}

// An archive's files are written with callbacks.
const withCallback = ['open', 'write', 'writev', 'mkdir', 'rename', 'unlink', 'rmdir', 'chmod'];
for (const name of [...withCallback, 'fchmod', 'futimes', 'utimes', 'fsync']) {
  const original = fs[name];
  fs[name] = function (...args) {
    const done = args.at(-1);
    const isMet = typeof done === 'function' && (name !== 'open' || isForWriting(args[1]));
    const instead = isMet ? meet(name, subjectOf(args)) : undefined;
    if (instead === undefined) return original.apply(this, args);
    try {
      instead();
    } catch (error) {
      process.nextTick(done, error);
    }
  };
}

const { spawn } = childProcess;
childProcess.spawn = function (program, args, ...rest) {
  const instead = meet('spawn', [program, ...(args ?? [])].slice(0, 4).join(' '));
  if (instead === die) die();
  // What spawn cannot do it tells by an event, as here of a program that is not there.
  return spawn.call(this, instead === undefined ? program : '/nonexistent/program', args, ...rest);
};
