import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/lib/fs/files.ts';
import type { Desk } from '../support/program.ts';

/**
 * One line for all that lies on a desk: two desks with the same are alike to the byte, and so is what the next command makes
 * of them. What is another in every run and asks for nothing else is reported alike: the folder's own name, moments, the numbers
 * of processes that are dead by now, names drawn by lot, and how often docker's answers were asked for.
 */
export function fingerprint(desk: Desk): string {
  const lines: string[] = [];
  const hashes = new Map<string, string>();
  const visit = (path: string) => {
    for (const name of readdirSync(join(desk.folder, path)).sort()) {
      const at = join(path, name);
      const whole = join(desk.folder, at);
      const stat = lstatSync(whole, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      const about = `${plainName(at)} ${stat.mode.toString(8)} ${stat.uid}:${stat.gid}`;
      if (stat.isDirectory()) {
        lines.push(about);
        visit(at);
      } else if (stat.isSymbolicLink()) lines.push(`${about} ${readlinkSync(whole)}`);
      // No command reads a backup but `restore` the one that it is given.
      else if (/^proto-before-restore-/.test(name)) lines.push(about);
      else {
        const text = readFileSync(whole, 'latin1');
        const plain = plainText(text, desk.folder);
        if (plain !== text) hashes.set(sha256Latin(text), sha256Latin(plain));
        lines.push(`${about} ${plain}`);
      }
    }
  };
  visit('');
  const text = lines.sort().join('\n');
  const known = text.replace(/\b[0-9a-f]{64}\b/g, (hash) => hashes.get(hash) ?? hash);
  return sha256Latin(known);
}

/** `guard-4711-0a1b2c3d` and the like: a name with a process and a lot, or the hash of such a content. */
function plainName(path: string): string {
  return path
    .replace(/\d{4}-\d\d-\d\d(T?[\d:.-]*Z?)/g, 'then')
    .replace(/guard-over-[0-9a-f]+/g, 'guard-over')
    .replace(/-\d+-[0-9a-f]{8}\b/g, '-made')
    .replace(/(catalog|container-proto-scaffold)-[0-9a-f]+/g, '$1');
}

function plainText(text: string, folder: string): string {
  return text
    .replaceAll(folder, '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')
    .replace(/"pid":\s*\d+/g, '"pid"')
    .replace(/"(ticks|id)":\s*"[0-9a-f]+"/g, '"$1"');
}

function sha256Latin(text: string): string {
  return sha256(Buffer.from(text, 'latin1'));
}
