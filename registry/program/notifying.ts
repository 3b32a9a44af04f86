import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { ReplicaConfig } from '../config/configuration.ts';
import { NotificationMetrics } from '../metrics/notificationMetrics.ts';
import { Notifications } from '../notifications/notifications.ts';
import type { Log } from '../window/ports.ts';
import { systemTimers } from '../window/timers.ts';
import { locationsOf } from './api.ts';
import type { ProcessPorts } from './process.ts';

/** The endpoints of the configuration, none of which is told anything yet. */
export function openNotifications(
  { notifications, http }: ReplicaConfig,
  { now, fresh, instance }: Pick<ProcessPorts, 'now' | 'fresh' | 'instance'>,
  registry: Registry,
  log: Log,
): Notifications {
  const { at } = http.listener;
  const metrics = new NotificationMetrics(registry);
  // As distribution names itself: by its machine and the port that is configured.
  const addr = 'path' in at ? hostname() : `${hostname()}:${at.port}`;
  return new Notifications(notifications, {
    ...{ now, fresh, log, timers: systemTimers, source: { addr, instanceID: instance } },
    includeReferences: notifications.includeReferences,
    locations: locationsOf(http),
    metricsOf: (endpoint) => metrics.of(endpoint),
  });
}
