import { describe, expect, it } from 'vitest';
import { parseCidrs } from '../../../src/lib/net/cidrs.ts';
import { checkValue } from '../../../src/values/values.ts';
import { readTemplateSet } from '../../support/template-set.ts';

const read = (text: string) => {
  const parsed = parseCidrs(text);
  return parsed.ok ? parsed.cidrs.join(', ') : parsed.message;
};

describe('networks', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['2001:0DB8:0012:0000:0000:0000:0000:0000/48', '2001:db8:12::/48'],
    ['2001:db8:0:1:0:0:0:0/64', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1:2:3:4:5/128'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221/128'],
    ['fe80::/10', 'fe80::/10'],
    ['::1', '::1/128'],
    [
      ' 198.51.100.0/25,\t203.0.113.7,, 2001:db8::/32 ',
      '198.51.100.0/25, 203.0.113.7/32, 2001:db8::/32',
    ],
    ['203.0.113.7, 203.0.113.7/32', '203.0.113.7/32'],
  ])('%j are %j', (text, wanted) => {
    expect(read(text)).toBe(wanted);
    expect(read(read(text))).toBe(wanted);
  });

  it.each([
    [
      '203.0.113.7/24',
      'contains 203.0.113.7/24, which is not a network: use 203.0.113.0/24 for the network, or 203.0.113.7 for the single address',
    ],
    [
      '2001:db8::1/32',
      'contains 2001:db8::1/32, which is not a network: use 2001:db8::/32 for the network, or 2001:db8::1 for the single address',
    ],
    ['0.0.0.0/0', "contains 0.0.0.0/0, which is too broad: specify the vendor's networks"],
    ['203.0.113.0/24, ::/0', "contains ::/0, which is too broad: specify the vendor's networks"],
    [
      '0.0.0.0/1, 128.0.0.0/1',
      "contains 0.0.0.0/1, which is too broad: specify the vendor's networks",
    ],
    ['203.0.113.0/33', 'contains 203.0.113.0/33, but the prefix can be at most /32'],
  ])('%j are refused: %s', (text, message) => {
    expect(read(text)).toBe(message);
  });

  it.each([
    '',
    ' , ',
    'all',
    'proto.example',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.007',
    '203.0.113.0/',
    '203.0.113.0/-1',
    '203.0.113.0/24/24',
    '203.0.113.0-203.0.113.9',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'fe80::1%eth0',
    '::ffff:203.0.113.7',
    '12345::',
    '1.2.3.4::/32',
    '1.2.3.4::',
    '1.2.3.4:0:0:0:0:0:0/32',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '::01.2.3.4',
    '::256.0.0.1',
    '[::1]',
    '0x7f.1',
    '127.1',
    '0.0.0.0/0; allow all',
    '203.0.113.0/24\nhost all all all trust',
  ])('%j are none', (text) => {
    expect(read(text)).toMatch(
      /^must be a comma-separated list of networks or addresses, such as 203\.0\.113\.0\/24/,
    );
  });

  it('never tell more of a text than can have been meant', () => {
    expect(read('se$cret;x')).toContain('one of them is not valid');
    expect(read('x'.repeat(60))).not.toContain('xxx');
  });

  it('are what the value allowed_cidrs is held against, and brought into one form', () => {
    const description = readTemplateSet().release.values.YOUR_ALLOWED_CIDRS;
    if (description === undefined) throw new Error('no such value');
    expect(checkValue('203.0.113.7 2001:DB8::/32', description)).toEqual({
      ok: true,
      value: '203.0.113.7/32, 2001:db8::/32',
    });
    expect(checkValue('10.0.0.1/8', description).ok).toBe(false);
  });
});
