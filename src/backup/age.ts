import type { Decrypter, Encrypter } from 'age-encryption';
import { UserError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** Streaming encryption to age recipients (https://age-encryption.org/v1). */

/** The first bytes of every binary age file. */
export const ageMagic = 'age-encryption.org/v1\n';

/** @throws UserError RECIPIENT_INVALID */
export async function ageEncrypter(recipients: readonly string[]): Promise<Encrypter> {
  const age = await import('./age-library.ts');
  const encrypter = new age.Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      const message = `${recipient} is not an age recipient.`;
      throw new UserError('RECIPIENT_INVALID', message, { cause });
    }
  }
  return encrypter;
}

/** @param text of an identity file: one AGE-SECRET-KEY-… per line, and comments @throws UserError IDENTITY_INVALID */
export async function ageDecrypter(text: Secret, file: string): Promise<Decrypter> {
  const age = await import('./age-library.ts');
  const decrypter = new age.Decrypter();
  const lines = text.reveal().split(/\r?\n/);
  const identities = lines.map((line) => line.trim()).filter((line) => !/^(#|$)/.test(line));
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    // The message of the library may contain the identity.
    throw new UserError('IDENTITY_INVALID', `${file} contains lines that are not age identities.`);
  }
  if (identities.length > 0) return decrypter;
  throw new UserError('IDENTITY_INVALID', `${file} does not contain an age identity.`);
}

/**
 * Encrypts the chunks passed to `write`, and writes them to `sink`.
 * @returns the functions to call for each chunk, and at the end
 */
export async function encryptingSink(
  encrypter: Encrypter,
  sink: (bytes: Uint8Array) => Promise<void>,
): Promise<{ write(bytes: Uint8Array): Promise<void>; end(): Promise<void> }> {
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  const encrypted = await encrypter.encrypt(pipe.readable);
  const drained = (async () => {
    for await (const chunk of encrypted) await sink(chunk);
  })();
  // A failing sink stops the writing. `write` or `end` reports the error.
  drained.catch((error) => writer.abort(error).catch(() => {}));
  return {
    async write(bytes) {
      // Use small pieces and limit their number, because a large piece would be in memory twice.
      for (let at = 0; at < bytes.length; at += portion) {
        await writer.ready;
        // Copy the bytes (a Buffer slice is not a copy), because the caller may reuse the memory before they are encrypted.
        await writer.write(new Uint8Array(bytes.subarray(at, at + portion)));
      }
    },
    async end() {
      await writer.close();
      await drained;
    },
  };
}

const portion = 256 * 1024;

/** @throws UserError IDENTITY_WRONG; reading from the stream throws if the file was modified */
export async function decryptedStream(
  decrypter: Decrypter,
  source: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const encrypted = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
    },
    { highWaterMark: 0 },
  );
  try {
    return await decrypter.decrypt(encrypted);
  } catch (cause) {
    const message =
      'The identity cannot decrypt this backup, because the backup was encrypted to another recipient.';
    throw new UserError('IDENTITY_WRONG', message, { cause });
  }
}
