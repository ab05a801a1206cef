import { defineCheck, failed, judgeKnown, notApplicable, ok } from './define.ts';

const signature = defineCheck({
  id: 'release-signature',
  title: 'The installed release is signed with a key of the credentials',
  why: 'Whoever can push to the registry could publish a release. Only the signature says that it comes from the vendor.',
  remedy:
    'Ask the vendor for the keys ("trust" in the credentials) and with which key the release is signed, then run `proto-scaffold update`.',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['signer'],
  judge: ({ signer }) => {
    if (signer.kind === 'absent') return notApplicable('The registry has no signed releases');
    return judgeKnown(signer, 'The signature', ({ fingerprint, trusted, keys }) => {
      if (keys === 0) {
        return failed('Nothing was verified: the credentials contain no keys of the vendor', {
          severity: 'advice',
        });
      }
      if (fingerprint === undefined) {
        return failed('The release was installed without a look at its signature', {
          remedy: 'Run `proto-scaffold update`, which verifies it.',
        });
      }
      if (keys === undefined)
        return ok(`signed with the key ${fingerprint}; no credentials to compare`);
      if (!trusted) {
        return failed(
          `It is signed with the key ${fingerprint}, which the credentials do not contain`,
        );
      }
      return ok(`signed with the key ${fingerprint}`);
    });
  },
});

export const releaseChecks = [signature];
