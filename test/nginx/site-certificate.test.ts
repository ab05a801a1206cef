import { describe, expect, it } from 'vitest';
import {
  answersFor,
  certificateOfSite,
  replaceCertificate,
  serverNamesOf,
} from '../../src/nginx/site-certificate.ts';

const site = (...lines: string[]) => `server {\n${lines.map((l) => `    ${l}`).join('\n')}\n}\n`;

describe('the certificate of a site', () => {
  it('is what the two directives name, quoted or not', () => {
    expect(
      certificateOfSite(
        site('ssl_certificate /etc/ssl/a.pem;', `ssl_certificate_key "/etc/my ssl/a \\"1\\".key";`),
      ),
    ).toEqual({ certificate: '/etc/ssl/a.pem', key: '/etc/my ssl/a "1".key' });
  });

  it('is none in comments, or where one of the two is missing', () => {
    expect(certificateOfSite(site('# ssl_certificate a;', '# ssl_certificate_key b;'))).toBe(
      undefined,
    );
    expect(certificateOfSite(site('ssl_certificate a;'))).toBe(undefined);
    expect(certificateOfSite(site('ssl_certificate_key a;'))).toBe(undefined);
  });

  it('is found and replaced with comments, quotes and other text around it', () => {
    const conf = site(
      'add_header X "ssl_certificate /no.pem;";',
      'ssl_certificate_key # of the bank',
      "  'b.key';",
      'ssl_certificate "a.pem"; # ssl_certificate /old.pem;',
    );
    expect(certificateOfSite(conf)).toEqual({ certificate: 'a.pem', key: 'b.key' });
    const next = replaceCertificate(conf, { certificate: '/n w.pem', key: '/n.key' });
    expect(next).toBe(conf.replace("'b.key'", '/n.key').replace('"a.pem"', '"/n w.pem"'));
  });
});

it.each([
  [['chat.example'], true],
  [['.example'], true],
  [['*.example'], true],
  [['chat.*'], true],
  [['~^chat'], true],
  [['x.example', '*.chat.example', 'chat', 'hat.example', '*.'], false],
  [['*.chat.example', '.hat.example', ''], false],
])('%j answers for chat.example: %s', (names, expected) => {
  expect(answersFor(names, 'chat.example')).toBe(expected);
});

it('all names of a site are read, whatever stands between them', () => {
  expect(
    serverNamesOf('server_name # x\n "A.example" b.example;\nserver_name a.example _;'),
  ).toEqual(['a.example', 'b.example', '_']);
});
