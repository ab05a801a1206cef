import { describe, expect, it } from 'vitest';
import { dockerLogin, dockerPull } from '../../src/compose/docker.ts';
import { dockerFailure } from '../../src/compose/docker-failures.ts';
import type { ErrorCode } from '../../src/errors.ts';

const registry = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
const image = `${registry}/proto/platform:stable`;

/** Recorded from the docker CLI 28.2.2: `docker login` against a test registry, and calls without an engine. */
const recorded: [ErrorCode, string, RegExp][] = [
  [
    'DOCKER_HELPER_IN_THE_WAY',
    'Error saving credentials: error storing credentials - err: exit status 1, out: `not implemented`',
    /specifies a credential helper for .* that cannot store a login/,
  ],
  [
    'DOCKER_HELPER_IN_THE_WAY',
    'Error saving credentials: error storing credentials - err: exec: "docker-credential-nonexistent": executable file not found in $PATH, out: ``',
    /specifies a credential helper that is not installed/,
  ],
  [
    'FOLDER_READ_ONLY',
    'Error saving credentials: open /home/op/.docker/config.json2152731793: read-only file system',
    /do not have permission to write Docker's config\.json/,
  ],
  [
    'FOLDER_READ_ONLY',
    'Error saving credentials: mkdir /proc/nope: no such file or directory',
    /do not have permission to write Docker's config\.json/,
  ],
  [
    'DOCKER_CONFIG_INVALID',
    'WARNING: Error parsing config file (/home/op/.docker/config.json): unexpected EOF\nsomething failed',
    /is not valid JSON/,
  ],
  [
    'REGISTRY_DENIED',
    'login attempt to http://127.0.0.1:5999/v2/ failed with status: 400 Bad Request',
    /rejected the login/,
  ],
  [
    'REGISTRY_DENIED',
    'login attempt to https://127.0.0.1:5999/v2/ failed with status: 403 Forbidden',
    /rejected the login/,
  ],
  [
    'DOCKER_ADDRESSES_EXHAUSTED',
    'failed to create network proto_default: Error response from daemon: all predefined address pools have been fully subscribed',
    /no addresses left/,
  ],
  [
    'DOCKER_ADDRESSES_EXHAUSTED',
    'Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    /no addresses left/,
  ],
  [
    'DOCKER_NETWORK_FAILED',
    'Error response from daemon: driver failed programming external connectivity on endpoint a (b): (iptables failed: iptables --wait -t nat -A DOCKER -p tcp -d 0/0 --dport 80: iptables: No chain/target/match by that name.\n (exit status 1))',
    /rules are missing from the firewall/,
  ],
  [
    'DOCKER_NETWORK_FAILED',
    'network proto_default was found but has incorrect label com.docker.compose.network set to "" (expected: "default")',
    /not created by Docker Compose/,
  ],
  [
    'DOCKER_NETWORK_FAILED',
    'Error response from daemon: error while removing network: network proto_default id 1 has active endpoints',
    /Other containers are connected/,
  ],
  [
    'DOCKER_NETWORK_FAILED',
    'Error response from daemon: Pool overlaps with other one on this address space',
    /overlap with another network/,
  ],
  [
    'CONTAINER_REFUSED',
    'Error response from daemon: AppArmor enabled on system but the docker-default profile could not be loaded: running `apparmor_parser` failed',
    /AppArmor or SELinux/,
  ],
  [
    'CONTAINER_REFUSED',
    'Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: unable to apply cgroup configuration: mkdir /sys/fs/cgroup/memory: permission denied: unknown',
    /could not set the limits.*permission denied/,
  ],
  [
    'CONTAINER_REFUSED',
    'Error response from daemon: error creating overlay mount to /var/lib/docker/overlay2/x/merged: invalid argument',
    /could not mount a container's files/,
  ],
  [
    'CONTAINER_REFUSED',
    'Error response from daemon: OCI runtime create failed: runc create failed: exec: "/start": permission denied: unknown',
    /could not start a container: .*permission denied/,
  ],
  [
    'PORT_TAKEN',
    'Error response from daemon: driver failed programming external connectivity on endpoint a (b): Bind for 0.0.0.0:8080 failed: port is already allocated',
    /already uses a port/,
  ],
  [
    'DISK_FULL',
    'Error response from daemon: failed to create shim task: OCI runtime create failed: no space left on device',
    /no disk space left/,
  ],
  [
    'IMAGE_PLATFORM',
    'Error response from daemon: OCI runtime create failed: exec /start: exec format error',
    /not available for this kind of processor/,
  ],
  [
    'NETWORK_DNS',
    'Get "https://nonexistent.invalid/v2/": dial tcp: lookup nonexistent.invalid on 10.255.255.53:53: no such host',
    /could not resolve the name of/,
  ],
  [
    'NETWORK_UNREACHABLE',
    'Get "https://10.0.0.1/v2/": dial tcp 10.0.0.1:443: connect: operation not permitted',
    /could not reach/,
  ],
  [
    'IMAGE_PLATFORM',
    'no matching manifest for linux/arm64/v8 in the manifest list entries',
    /not available for this kind of processor/,
  ],
  [
    'DOCKER_ENGINE_UNREACHABLE',
    'Failed to initialize: unable to resolve docker endpoint: context "x": context not found',
    /is not responding/,
  ],
  [
    'NETWORK_UNREACHABLE',
    'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    /could not reach/,
  ],
  [
    'DOCKER_ENGINE_UNREACHABLE',
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    /^The Docker Engine is not responding \(unix:\/\/\/var\/run\/docker\.sock\)\.$/,
  ],
  [
    'SERVICE_UNAVAILABLE',
    'error pulling image configuration: download failed after attempts=6: unknown: Service Unavailable',
    /overloaded/,
  ],
];

/** As users of docker and ECR report them, in the issue trackers of docker/cli, moby and aws-cli. */
const documented: [ErrorCode, string, RegExp][] = [
  [
    'DOCKER_HELPER_IN_THE_WAY',
    'Error saving credentials: error storing credentials - err: exit status 1, out: `Cannot autolaunch D-Bus without X11 $DISPLAY`',
    /could not store the login/,
  ],
  [
    'DOCKER_ENGINE_UNREACHABLE',
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Head "http://%2Fvar%2Frun%2Fdocker.sock/_ping": dial unix /var/run/docker.sock: connect: permission denied',
    /do not have permission to use the Docker Engine/,
  ],
  [
    'DISK_FULL',
    'failed to register layer: write /usr/lib/libnvvm.so.3.3.0: no space left on device',
    /Docker has no disk space left/,
  ],
  [
    'DISK_FULL',
    'Error saving credentials: write /home/op/.docker/config.json123: no space left on device',
    /No space left on the disk that holds Docker's config\.json/,
  ],
  [
    'FOLDER_READ_ONLY',
    'Error saving credentials: open /home/op/.docker/config.json123: permission denied',
    /do not have permission to write Docker's config\.json/,
  ],
  [
    'REGISTRY_DENIED',
    `Error response from daemon: pull access denied for ${registry}/proto/platform, repository does not exist or may require 'docker login': denied: Your authorization token has expired. Reauthenticate and try again.`,
    /the login has expired/,
  ],
  [
    'REGISTRY_DENIED',
    `Error response from daemon: Head "https://${registry}/v2/proto/platform/manifests/stable": no basic auth credentials`,
    /rejected the login/,
  ],
  [
    'REGISTRY_DENIED',
    `Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    /rejected the login/,
  ],
  [
    'RELEASE_UNKNOWN',
    `Error response from daemon: manifest for ${image} not found: manifest unknown: Requested image not found`,
    /was not found in the registry/,
  ],
  [
    'REPOSITORY_UNKNOWN',
    `Error response from daemon: repository ${registry}/proto/platform not found: name unknown: The repository with name 'proto/platform' does not exist in the registry with id '123456789012'`,
    /The repository of/,
  ],
  [
    'NETWORK_PROXY',
    `Error response from daemon: Get "https://${registry}/v2/": proxyconnect tcp: dial tcp 192.168.65.1:3128: connect: connection refused`,
    /web proxy/,
  ],
  [
    'NETWORK_PROXY',
    `Error response from daemon: Get "https://${registry}/v2/": proxyconnect tcp: dial tcp: lookup proxy.bank on 10.0.0.2:53: no such host`,
    /web proxy/,
  ],
  [
    'NETWORK_PROXY',
    `Error response from daemon: Get "https://${registry}/v2/": proxyconnect tcp: tls: first record does not look like a TLS handshake`,
    /web proxy/,
  ],
  [
    'NETWORK_TLS',
    `Error response from daemon: Get "https://${registry}/v2/": x509: certificate signed by unknown authority`,
    /does not trust the certificate/,
  ],
  [
    'NETWORK_TLS',
    `Get "https://${registry}/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T22:00:00Z is after 2025-01-01T00:00:00Z`,
    /not valid at the current time of this host/,
  ],
  [
    'NETWORK_DNS',
    `Error response from daemon: Get "https://${registry}/v2/": dial tcp: lookup ${registry} on 192.168.65.1:53: server misbehaving`,
    /could not resolve/,
  ],
  [
    'NETWORK_TIMEOUT',
    `Error response from daemon: Get "https://${registry}/v2/": net/http: TLS handshake timeout`,
    /did not answer Docker in time/,
  ],
  [
    'NETWORK_TIMEOUT',
    `Error response from daemon: Get "https://${registry}/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
    /did not answer Docker in time/,
  ],
  [
    'NETWORK_UNREACHABLE',
    `Error response from daemon: Get "https://${registry}/v2/": proxy: dial tcp 10.1.1.1:443: connect: no route to host`,
    /could not reach/,
  ],
  ['SERVICE_UNAVAILABLE', 'toomanyrequests: Rate exceeded', /overloaded/],
  [
    'SERVICE_UNAVAILABLE',
    `Error response from daemon: unexpected status from HEAD request to https://${registry}/v2/proto/platform/manifests/stable: 503 Service Unavailable`,
    /overloaded/,
  ],
  [
    'SERVICE_UNAVAILABLE',
    'Error response from daemon: received unexpected HTTP status: 504 Gateway Timeout',
    /overloaded/,
  ],
  [
    'SERVICE_UNAVAILABLE',
    `failed to copy: httpReadSeeker: failed open: unexpected status code https://${registry}/v2/proto/platform/blobs/sha256:566e: 502 Bad Gateway`,
    /overloaded/,
  ],
  [
    'REGISTRY_DENIED',
    `failed to copy: httpReadSeeker: failed open: unexpected status code https://${registry}/v2/proto/platform/blobs/sha256:566e: 403 Forbidden`,
    /download of .* was refused \(403\)/,
  ],
  [
    'REGISTRY_DENIED',
    'error pulling image configuration: download failed after attempts=1: error parsing HTTP 403 response body: invalid character \'<\' looking for beginning of value: "<html><head>\\n<title>403 Forbidden</title></head></html>"',
    /download of .* was refused \(403\)/,
  ],
  [
    'REGISTRY_DENIED',
    `Error response from daemon: unknown: failed to resolve reference "${image}": unexpected status from HEAD request to https://${registry}/v2/proto/platform/manifests/stable: 403 Forbidden`,
    /rejected the login/,
  ],
  [
    'REGISTRY_ANSWER_INVALID',
    'error parsing HTTP 404 response body: invalid character \'<\' looking for beginning of value: "<html></html>"',
    /is not the registry/,
  ],
  [
    'NETWORK_TIMEOUT',
    'error pulling image configuration: download failed after attempts=6: dial tcp 104.18.124.25:443: i/o timeout',
    /did not answer Docker in time/,
  ],
  [
    'NETWORK_UNREACHABLE',
    'error pulling image configuration: Get https://bucket.example/blobs/sha256/ca/data?verify=1577462404: EOF',
    /download of .* was interrupted/,
  ],
  [
    'NETWORK_UNREACHABLE',
    'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://bucket.example/": context canceled',
    /download of .* was interrupted/,
  ],
];

describe('dockerFailure', () => {
  it.each([...recorded, ...documented])('knows %s by: %s', (code, text, message) => {
    const error = dockerFailure(text, image);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe('');
  });

  it('hears the failure through what Docker logs beside it', () => {
    const log =
      'time="2026-11-22T22:06:08Z" level=info msg="Error logging in to endpoint, trying next endpoint" endpoint="{false https://127.0.0.1:5999 false false false 0xc0004}" error="Get \\"https://127.0.0.1:5999/v2/\\": http: server gave HTTP response to HTTPS client"';
    expect(dockerFailure(`${log}\n${recorded[0]?.[1]}\n`, registry).code).toBe(
      'DOCKER_HELPER_IN_THE_WAY',
    );
    const { code, message } = dockerFailure(`${log}\n\nnever heard of\n`, registry);
    expect(code).toBe('DOCKER_FAILED');
    expect(message).toBe('Docker failed with: never heard of');
  });

  it('takes no port and no digest for a status', () => {
    const digest = `sha256:${'429500'.padEnd(64, 'a')}`;
    expect(dockerFailure(`${image}@${digest} 127.0.0.1:503`, image).code).toBe('DOCKER_FAILED');
  });

  it('repeats no more than the end of a long text', () => {
    const { message } = dockerFailure(`${'x'.repeat(10_000)}\n`.repeat(10), image);
    expect(message.length).toBeLessThan(600);
  });
});

describe('what docker is called with', () => {
  it('has the password in no argument', () => {
    expect(dockerLogin(registry, 'AWS')).toEqual({
      program: 'docker',
      args: ['login', '--username', 'AWS', '--password-stdin', registry],
    });
    expect(dockerPull(image).args).toEqual(['pull', '--quiet', image]);
  });
});
