import { expect, it } from 'vitest';
import { mustBeOurs } from './access.ts';

it.each([
  ['10.1.2.3:5443', '10.1.2.3', true],
  ['10.1.2.3:5443', '::ffff:10.1.2.3', true],
  ['[fd00::A]:5443', 'fd00::a', true],
  ['localhost:5443', '10.1.2.3', true],
  ['registry-admin.registry.svc:5443', '10.1.2.3', true],
  ['10.1.2.4:5443', '10.1.2.3', false],
  ['evil.example.com:5443', '10.1.2.3', false],
  ['10.1.2.3.evil.example.com', '10.1.2.3', false],
  ['', undefined, false],
  [undefined, undefined, false],
])('a request for the host %j that arrives at %s is ours: %s', (host, arrivedAt, isOurs) => {
  const look = (): void => {
    mustBeOurs({ host, origin: undefined }, ['registry-admin.registry.svc'], arrivedAt);
  };
  if (isOurs) look();
  else expect(look).toThrow(/neither loopback nor configured/);
});
