import { mkdtemp, readdir, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { type ControlPlane, startControlPlane } from '../controlPlane.ts';
import { processesOf } from '../testing/processes.ts';
import { lackingNode } from './lacking.ts';
import { images } from './settings.ts';

const { signal } = new AbortController();
const lack = await lackingNode();
if (lack !== undefined) console.warn(`SKIPPED: this machine can have no node of its own: ${lack}`);

/** Two replicas that say `hello`, as restricted as pod security asks. */
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'web',
            image: images.busybox,
            args: ['sh', '-c', 'echo hello | tee /tmp/index.html; exec busybox httpd -f -p 8080 -h /tmp'],
            ports: [{ containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    },
  },
};

describe.skipIf(lack !== undefined)('a real node', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    const began = performance.now();
    cluster = await startControlPlane({ node: true }, signal);
    console.log(`a cluster with a node is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  });

  afterAll(() => cluster.stop());

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** What the cluster says happened, and what the kubelet does. */
  async function lastWords(): Promise<string> {
    const events = await cluster.kubectl(['get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'], signal);
    const log = await readFile(join(dirname(dirname(cluster.kubeconfig)), 'node', 'kubelet.log'), 'utf8');
    return [...events.stdout.split('\n').slice(-15), ...log.split('\n').slice(-15)].join('\n');
  }

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await cluster.kubectl(args, signal, input);
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}\n${await lastWords()}`);
    return stdout.trim();
  }

  it('runs pods, and says what they run', async () => {
    await kubectl(['apply', '-f', '-'], stringify(web));
    await kubectl(['expose', 'deployment', 'web', '--port=80', '--target-port=8080']);
    await kubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']);
    const ran = await kubectl(['get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[*].imageID}']);
    expect(ran).toMatch(/^(sha256:[0-9a-f]{64} ?){2}$/);
    expect(await kubectl(['get', 'node', 'node', '-o', 'jsonpath={.status.images[*].names}'])).toContain(
      images.busybox,
    );
  });

  it('is reached by the API server: logs, exec, the way to services', async () => {
    expect(await kubectl(['logs', 'deployment/web'])).toBe('hello');
    const inside = 'busybox wget -qO- http://web.default'; // by name and address of the service
    await kubectl(['run', 'other', `--image=${images.busybox}`, '--restart=Never', '--', 'sh', '-c', inside]);
    await kubectl(['wait', 'pod/other', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
    expect(await kubectl(['logs', 'other'])).toBe('hello');
    expect(await kubectl(['exec', 'deployment/web', '--', 'busybox', 'id', '-u'])).toBe('65532');
    expect(await kubectl(['get', '--raw', '/api/v1/namespaces/default/services/web:80/proxy/'])).toBe('hello');
  });

  it('lets pods reach the API server', async () => {
    const ask = 'nc -w 5 $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT </dev/null && echo reached';
    await kubectl(['run', 'asking', `--image=${images.busybox}`, '--restart=Never', '--', 'sh', '-c', ask]);
    await kubectl(['wait', 'pod/asking', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
    expect(await kubectl(['logs', 'asking'])).toBe('reached');
  });

  async function expectNothingLeft(folder: string): Promise<void> {
    expect(await processesOf(folder)).toEqual([]);
    expect(await readdir('/sys/fs/cgroup/pids')).not.toContain(basename(folder));
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(folder);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  }

  it('leaves neither process, group, mount nor file behind', async () => {
    const other = await startControlPlane({ node: true }, signal);
    const folder = dirname(dirname(other.kubeconfig));
    expect(await readdir('/sys/fs/cgroup/pids')).toContain(basename(folder));
    await other.stop();
    await expectNothingLeft(folder);
  });

  it('leaves as little when it is given up while it starts', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'coppice-given-up-'));
    vi.stubEnv('TMPDIR', temporary);
    const giveUp = new AbortController();
    const given = expect(startControlPlane({ node: true }, giveUp.signal)).rejects.toThrow('no patience');
    const running = async (): Promise<string> => (await processesOf(temporary)).join('\n');
    await expect.poll(running, { timeout: 60_000 }).toContain('containerd.toml');
    const [name = ''] = await readdir(temporary);
    giveUp.abort(new Error('no patience'));
    await given;
    await expectNothingLeft(join(temporary, name));
    await rmdir(temporary);
  });
});
