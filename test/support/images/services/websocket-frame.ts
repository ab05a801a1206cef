/** WebSocket frames as RFC 6455, section 5.2, lays them out. */
export const Opcode = { close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  /** FIN bit, reserved bits and opcode. */
  readonly head: number;
  readonly payload: Buffer;
}

/** @returns the first frame and what follows it, or undefined while `bytes` is not a whole frame */
export function readFrame(bytes: Buffer): { frame: Frame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const isMasked = (bytes.readUInt8(1) & 0x80) !== 0;
  const start = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length =
    lengthBytes === 8
      ? Number(bytes.readBigUInt64BE(2))
      : lengthBytes === 2
        ? bytes.readUInt16BE(2)
        : short;
  if (bytes.length < start + length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (isMasked) unmask(payload, bytes.subarray(start - 4, start));
  return { frame: { head: bytes.readUInt8(0), payload }, rest: bytes.subarray(start + length) };
}

/** A server's frame: not masked (section 5.1). */
export function writeFrame({ head, payload }: Frame): Buffer {
  if (payload.length < 126) return Buffer.concat([Buffer.from([head, payload.length]), payload]);
  if (payload.length < 65_536) {
    const prefix = Buffer.from([head, 126, 0, 0]);
    prefix.writeUInt16BE(payload.length, 2);
    return Buffer.concat([prefix, payload]);
  }
  const prefix = Buffer.alloc(10);
  prefix.set([head, 127]);
  prefix.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([prefix, payload]);
}

function unmask(payload: Buffer, key: Buffer): void {
  for (let i = 0; i < payload.length; i += 1) {
    payload.writeUInt8(payload.readUInt8(i) ^ key.readUInt8(i % 4), i);
  }
}
