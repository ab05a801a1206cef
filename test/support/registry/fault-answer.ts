import { type Answer, awsError, registryError, s3Error } from './answer.ts';
import type { FaultKind } from './faults.ts';
import type { Role } from './log.ts';

/** The answer that a fault gives in place of the right one; undefined where it gives none. */
export function faultAnswer(fault: FaultKind, role: Role): Answer | undefined {
  switch (fault.kind) {
    case 'status':
      return errorAnswer(role, fault.status, fault.retryAfterSeconds);
    case 'html':
      return page(200, 'Guest network', 'Please sign in to use this network.');
    case 'not-aws':
      return page(404, '404 Not Found', 'nginx');
    case 'wrong-json':
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(fault.text ?? '{"status":"ok"}'),
      };
    case 'redirect':
      return {
        status: fault.status ?? 302,
        headers: { location: fault.location },
        body: Buffer.alloc(0),
      };
    default:
      return undefined;
  }
}

function page(status: number, title: string, text: string): Answer {
  const html = `<!doctype html><html><head><title>${title}</title></head><body>${text}</body></html>\n`;
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: Buffer.from(html),
  };
}

function errorAnswer(role: Role, status: number, retryAfterSeconds: number | undefined): Answer {
  const { answer } = refusalOf(role, status);
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } };
}

function refusalOf(role: Role, status: number) {
  const busy = status === 429;
  if (role === 'ecr') {
    return busy
      ? awsError('ThrottlingException', 'Rate exceeded', status)
      : awsError('ServerException', 'Service Unavailable', status);
  }
  if (role === 's3') return s3Error(status, 'SlowDown', 'Please reduce your request rate.');
  return busy
    ? registryError(status, 'TOOMANYREQUESTS', 'Rate exceeded')
    : registryError(status, 'UNKNOWN', 'Service Unavailable');
}
