import type { Logger } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import type { LifeState } from '../../core/window/life.ts';
import { Problem } from '../../core/admin/problem.ts';
import { buildAdminServer } from '../admin/server.ts';
import type { NudgeAnswer } from '../../core/admin/schema.ts';
import type { ListenerConfig, ReplicaConfig } from '../config/configuration.ts';
import { type Listen, type Place, showListen, showPlace } from '../config/listen.ts';
import { CoppiceMetrics } from '../metrics/coppiceMetrics.ts';
import type { PullRecorder } from '../evidence/recorder.ts';
import { HttpMetrics } from '../metrics/httpMetrics.ts';
import { buildMetricsServer } from '../metrics/server.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { ReplicaEnd } from '../window/replica.ts';
import { systemTimers } from '../window/timers.ts';
import { gateOf, nudgeUrlOf } from './adminAccess.ts';
import { buildApi, openEntrance } from './api.ts';
import { Closings } from './closings.ts';
import { keepHouse, setReserveAside } from './housekeeping.ts';
import { bind, fastifyListener, httpListener, type Listener } from './listeners.ts';
import { secureServer } from './listenerTls.ts';
import { openLog } from './log.ts';
import { type Names, namesOf } from './names.ts';
import { openNotifications } from './notifying.ts';
import type { ProcessPorts } from './process.ts';
import { recorderOf, type Serving, wire } from './serving.ts';
import { ailmentsOf, standingOf } from './standing.ts';
import { durationsOf, probe, type StorageParts, storageParts, takeUp } from './storage.ts';
import { bindSocket } from './unixSocket.ts';
import { purgeUploads } from './uploadPurge.ts';

export interface RunningReplica {
  /** Where it listens; a usual port that was taken is missing. */
  readonly api: Place;
  readonly admin: Listen | undefined;
  readonly metrics: Listen | undefined;
  /** Resolves when it serves no more by itself: another process says that it is this one. */
  readonly closed: Promise<ReplicaEnd>;
  /** In order: no new requests, those that are on are answered, runs end, the life leaves, the last listeners close. */
  stop(): Promise<void>;
}

/** How long endpoints of notifications have, at a stop, to take what they were not told yet. */
const lastWordsMs = 3000;

/** Starts one replica, or rejects (with `StartRefused` for what a person can mend) and leaves nothing running. */
export async function startReplica(
  config: ReplicaConfig,
  process: ProcessPorts,
  signal: AbortSignal,
): Promise<RunningReplica> {
  const start = new Start(config, process);
  try {
    return await start.run(signal);
  } catch (error) {
    await start.giveUp();
    throw error;
  }
}

/**
 *   probe the storage ─▶ bind metrics, admin, API ─▶ take the storage up (id, gate) ─▶ register a life ─▶ serve
 *
 * Until a life has its permit, commits wait, and after `holdBudget` are refused (W4). What was begun is ended in the opposite order.
 */
class Start {
  readonly #closings = new Closings();
  readonly #config: ReplicaConfig;
  readonly #process: ProcessPorts;
  readonly #log: Logger;
  readonly #names: Names;
  readonly #storage: StorageParts;
  readonly #metricsRegistry = new MetricsRegistry();
  readonly #metrics: CoppiceMetrics;
  readonly #notifications: Notifications;
  #serving: Serving | undefined;

  constructor(config: ReplicaConfig, process: ProcessPorts) {
    this.#config = config;
    this.#process = process;
    this.#log = openLog(config.log, process.log);
    this.#names = namesOf(process);
    this.#storage = storageParts(config.storage, process, this.#log);
    this.#metrics = new CoppiceMetrics(this.#metricsRegistry, () => standingOf(this.#state, process.mono()));
    this.#notifications = openNotifications(config, process, this.#metricsRegistry, this.#log);
  }

  async run(signal: AbortSignal): Promise<RunningReplica> {
    for (const idle of this.#config.idle) this.#log.info(idle, 'a key of the configuration does nothing here');
    await probe(this.#storage, this.#names, signal);
    const running = new AbortController();
    this.#closings.add(() => {
      running.abort(new Error('the replica has stopped'));
    });
    const metrics = await this.#bindMetrics();
    const admin = await this.#bindAdmin(running.signal, signal);
    const parts = { process: this.#process, storage: this.#storage, log: this.#log, running: running.signal };
    const recorder = recorderOf(parts, true);
    const serving = wire({
      ...{ ...parts, recorder, config: this.#config, names: this.#names },
      ...{ metrics: this.#metrics, notifications: this.#notifications },
      nudgeUrl: admin && nudgeUrlOf(admin, this.#config.admin.tls !== undefined),
    });
    this.#closings.add(() => this.#notifications.close(lastWordsMs)); // nothing happens any more, and the life has left
    const api = await this.#bindApi(serving, running.signal, signal);
    await this.#begin(serving, recorder, running.signal, signal);
    this.#closings.add(() => api.close(this.#config.http.drainMs)); // requests are answered while the life still stands
    const at = { api: showPlace(api.at), admin: admin && showListen(admin), metrics: metrics && showListen(metrics) };
    this.#log.info({ instance: this.#process.instance, storage: this.#storage.root, ...at }, 'the replica serves');
    return { api: api.at, admin, metrics, closed: serving.replica.closed, stop: () => this.#stop() };
  }

  /** After a start that broke off: what is told is why it did. */
  async giveUp(): Promise<void> {
    try {
      await this.#closings.close();
    } catch (error) {
      this.#log.warn({ err: error }, 'what was begun could not all be ended in order');
    }
  }

  async #stop(): Promise<void> {
    this.#log.info({}, 'the replica stops');
    await this.#closings.close();
    this.#log.info({}, 'the replica has stopped');
  }

  get #state(): LifeState | undefined {
    return this.#serving?.replica.state;
  }

  async #bindMetrics(): Promise<Listen | undefined> {
    const { listener, served, path } = this.#config.metrics;
    const server = buildMetricsServer({
      registry: this.#metricsRegistry,
      path: served ? path : undefined,
      ailments: () => ailmentsOf(this.#state, this.#process.mono()),
    });
    return this.#bindSide('metrics', httpListener(server), listener);
  }

  async #bindAdmin(running: AbortSignal, signal: AbortSignal): Promise<Listen | undefined> {
    const { listener, hosts, tls } = this.#config.admin;
    const ports = { timers: systemTimers, mono: this.#process.mono, log: this.#log, running };
    const secure = tls && (await secureServer(tls, ports, signal));
    const server = buildAdminServer({
      administration: () => this.#serving?.administration ?? starting(),
      nudge: (epoch) => this.#nudged(epoch),
      ...(secure === undefined ? {} : { secure }),
      ...{ ...gateOf(this.#config.admin, ports), hosts, audit: this.#log, log: this.#log },
    });
    return this.#bindSide('admin', fastifyListener(server), listener);
  }

  /** A listener that the replica can do without, where its usual port is taken. */
  async #bindSide(name: string, listener: Listener, config: ListenerConfig): Promise<Listen | undefined> {
    this.#closings.add(() => listener.close(0));
    const at = await bind(listener, config);
    if (at !== 'taken') return at;
    this.#log.warn(
      { listener: name, at: showListen(config.at), key: config.key },
      'a usual port is taken: going on without it',
    );
    return undefined;
  }

  async #nudged(epoch: number): Promise<NudgeAnswer> {
    const record = await this.#serving?.replica.nudge(epoch);
    if (record === undefined) return starting();
    return { life: record.life, epoch: record.acknowledged?.epoch ?? null };
  }

  /** Without the registry API there is no replica: its usual port, too, must be free. */
  async #bindApi(
    serving: Serving,
    running: AbortSignal,
    signal: AbortSignal,
  ): Promise<Listener & { readonly at: Place }> {
    const ports = { process: this.#process, timers: systemTimers, log: this.#log, running };
    const api = buildApi(this.#config, serving, await openEntrance(this.#config, ports, signal), this.#log);
    new HttpMetrics(this.#metricsRegistry).watch(api.server, this.#process.mono);
    const listener = fastifyListener(api);
    this.#closings.add(() => listener.close(0));
    const { at: place, key } = this.#config.http.listener;
    if ('path' in place) return { ...listener, at: await bindSocket(listener, key, place) };
    const at = await bind(listener, { at: place, key, isConfigured: true });
    if (at === 'taken') throw new Error('a port that must be had was passed over');
    return { ...listener, at };
  }

  async #begin(serving: Serving, recorder: PullRecorder, running: AbortSignal, signal: AbortSignal): Promise<void> {
    const { replica, requestRuns, desk } = serving;
    const { records } = this.#storage;
    const id = await takeUp(this.#storage, this.#names, durationsOf(this.#config.coppice), signal);
    await recorder.begin(signal);
    this.#closings.add(() => recorder.end(AbortSignal.timeout(this.#config.http.drainMs)));
    this.#closings.add(async () => {
      await replica.stop(AbortSignal.timeout(this.#config.http.drainMs));
      await records.gates.idle();
    });
    await setReserveAside({ storage: this.#storage, log: this.#log }, signal);
    await replica.start(id, signal);
    this.#serving = serving;
    const ports = { storage: this.#storage, names: this.#names, timers: systemTimers, log: this.#log };
    const { readOnly } = this.#config.storage; // where clients may not write, others look after what they leave
    if (!readOnly) void purgeUploads({ ...ports, random: this.#process.random }, this.#config.coppice, running);
    const house = keepHouse({ ...ports, fresh: this.#process.fresh }, running);
    this.#closings.add(async () => {
      await desk.close();
      await requestRuns.idle();
    });
    void house; // ends with `running`, and never rejects
  }
}

function starting(): never {
  throw new Problem('REFUSED', 'the replica is starting');
}
