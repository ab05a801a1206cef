import { z } from 'zod';

/** The document of `status --json`, written down by hand: what monitoring scripts are written against. */

const bytes = z.int().min(0).nullable();
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const Service = z.strictObject({
  service: z.string(),
  standing: z.enum(['ready', 'waiting', 'failed', 'absent']),
  state: z.string(),
  startedAt: time.nullable(),
  uptimeSeconds: z.int().min(0).nullable(),
  restarts: z.int().min(0).nullable(),
  memoryBytes: bytes,
  memoryLimitBytes: bytes,
  ports: z.array(z.strictObject({ address: z.string(), port: z.int(), containerPort: z.string() })),
  digest: digest.nullable(),
  asLocked: z.boolean().nullable(),
});

export const StatusDocument = z.strictObject({
  formatVersion: z.literal(1),
  command: z.literal('status'),
  ok: z.literal(true),
  result: z.strictObject({
    installation: z.string().startsWith('/'),
    release: z.strictObject({
      tag: z.string(),
      version: z.string(),
      digest: digest.optional(),
      sequence: z.int().min(1).optional(),
      signedBy: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
    appliedAt: time,
    appliedBy: z.string(),
    project: z.string(),
    engine: z.boolean(),
    healthy: z.boolean(),
    services: z.array(Service),
    problems: z.array(z.string()),
    images: z
      .strictObject({ onHost: z.int().min(0), missing: z.int().min(0), bytes: z.int().min(0) })
      .nullable(),
    volumes: z.array(z.strictObject({ name: z.string(), bytes })),
    login: z.strictObject({
      registry: z.string(),
      kind: z.enum(['none', 'helper', 'elsewhere', 'token']),
      expiresAt: time.nullable(),
      secondsLeft: z.int().nullable(),
    }),
    certificate: z
      .strictObject({
        file: z.string(),
        validTo: time.nullable(),
        daysLeft: z.int().nullable(),
        problem: z.string().nullable(),
      })
      .nullable(),
    ignored: z.record(z.string(), z.string()),
    backup: z
      .strictObject({ file: z.string(), createdAt: time, bytes: z.int(), release: z.string() })
      .nullable(),
  }),
  notices: z.array(z.string()),
});
