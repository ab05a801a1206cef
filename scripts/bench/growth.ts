import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a template set with additional services, each with a config file, and additional parameters in an existing
 * file.
 * @param templates the folder of the built-in template set
 */
export function growTemplates(templates: string, folder: string, count: number): void {
  cpSync(templates, folder, { recursive: true });
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const release = join(folder, 'release.yml');
  const services = numbers.map((n) =>
    [
      `  extra-${n}:`,
      '    about: one of many',
      `    repository: extra-${n}`,
      '    hosting: [on-premise]',
      '    port: 8080',
      `    publish: ${20_000 + n}`,
      '    health: { listens: 8080 }',
      '    memory: 64',
      '',
    ].join('\n'),
  );
  const text = readFileSync(release, 'utf8');
  writeFileSync(release, text.replace(/^services:\n/m, `services:\n${services.join('')}`));
  const config = join(folder, 'backend/config/platform.toml');
  const parameters = numbers.map((n) => `# Of many, number ${n}\nextra_${n} = "value ${n}"\n`);
  const own = readFileSync(config, 'utf8').trimEnd();
  writeFileSync(config, `${own}\n\n[extra]\n${parameters.join('')}`);
}
