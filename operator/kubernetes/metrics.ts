import { Counter, Gauge, type Registry } from 'prom-client';

/** Of the requests to one API server. */
export interface ClientMetrics {
  /** `status` is absent where no answer came. */
  onAnswered(method: string, status: number | undefined): void;
}

/** Name and labels of controller-runtime. `host`: as in the URL. */
export function clientMetrics(registry: Registry, host: string): ClientMetrics {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server, by status code, method and host.',
    labelNames: ['code', 'method', 'host'],
    registers: [registry],
  });
  return {
    onAnswered(method, status) {
      requests.inc({ code: status === undefined ? '<error>' : String(status), method, host });
    },
  };
}

export interface LeaderMetrics {
  leads(isLeader: boolean): void;
}

/** Name and label of controller-runtime. `name`: of the lease. */
export function leaderMetrics(registry: Registry, name: string): LeaderMetrics {
  const status = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this operator leads: 1, or 0 while it stands by.',
    labelNames: ['name'],
    registers: [registry],
  });
  return {
    leads(isLeader) {
      status.set({ name }, isLeader ? 1 : 0);
    },
  };
}
