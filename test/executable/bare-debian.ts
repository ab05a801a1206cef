import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BareDebian {
  readonly root: string;
  remove(): void;
}

/** As debootstrap's `minbase`: what is essential, apt, and what these need. */
const also = ['apt'];

/**
 * A tree of Debian as it is first installed: the files of those packages of this machine, as dpkg knows them, and no other.
 * No server is asked.
 */
export function bareDebian(): BareDebian {
  const root = mkdtempSync(join(tmpdir(), 'proto-scaffold-debian-'));
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const name of ['dev', 'proc', 'root', 'srv', 'tmp']) mkdirSync(join(root, name));
  const files = execFileSync('dpkg-query', ['--listfiles', ...minimalPackages()], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
    .split('\n')
    .filter((path) => path.startsWith('/') && !/^\/(\.|usr\/share\/(doc|man|locale)\/)/.test(path));
  const tar = ['--create', '--file=-', '--no-recursion', '--directory=/', '--ignore-failed-read'];
  const packed = spawnSync('tar', [...tar, '--files-from=-'], {
    // A file that the machine's owner has removed since is not there.
    input: [...new Set(files)].map((path) => path.slice(1)).join('\n'),
    maxBuffer: 2 ** 30,
  });
  const into = ['--extract', '--file=-', '--keep-directory-symlink', '--directory', root];
  execFileSync('tar', into, { input: packed.stdout });
  // What these packages make when they are installed.
  copyFileSync('/usr/share/base-passwd/passwd.master', join(root, 'etc/passwd'));
  copyFileSync('/usr/share/base-passwd/group.master', join(root, 'etc/group'));
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function minimalPackages(): string[] {
  const format = '${Package}\t${Essential}\t${Pre-Depends}, ${Depends}\n';
  const lines = execFileSync('dpkg-query', ['--show', `--showformat=${format}`], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const installed = new Map(
    lines.split('\n').map((line) => {
      const [name = '', essential, needs = ''] = line.split('\t');
      return [
        name,
        { essential: essential === 'yes', needs: needs.match(/[a-z0-9][a-z0-9.+-]+/g) ?? [] },
      ];
    }),
  );
  const wanted = new Set<string>();
  const want = (name: string) => {
    const found = installed.get(name);
    if (found === undefined || wanted.has(name)) return;
    wanted.add(name);
    found.needs.forEach(want);
  };
  for (const [name, { essential }] of installed) if (essential || also.includes(name)) want(name);
  return [...wanted];
}
