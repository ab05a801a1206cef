import { describe, expect, it } from 'vitest';
import { certificateOfSite } from '../../src/nginx/site-certificate.ts';

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
});
