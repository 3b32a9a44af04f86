import { describe, expect, it } from 'vitest';
import type { NotificationsConfig } from './notifications.ts';
import * as reading from './testing/reading.ts';
import type { Environment } from './variables.ts';

type Said = readonly [notifications: object, coppice?: object, environment?: Environment];

function fileOf([notifications, coppice = {}]: Said): string {
  return JSON.stringify({ version: 0.1, notifications, coppice: { notifications: coppice } });
}

const read = (...said: Said): NotificationsConfig => reading.read(fileOf(said), said[2]).notifications;
const mistakes = (...said: Said): readonly string[] => reading.mistakes(fileOf(said), said[2]);

const sound = { name: 'a', url: 'http://127.0.0.1:8080/' };

describe('endpoints of notifications', () => {
  it('have the defaults of distribution, also where 0 asks for them', () => {
    const usual = { timeoutMs: 1000, threshold: 10, backoffMs: 1000, headers: {}, disabled: false };
    expect(read({ endpoints: [sound] }).endpoints).toMatchObject([usual]);
    expect(read({ endpoints: [{ ...sound, timeout: 0, threshold: 0, backoff: 0 }] }).endpoints).toMatchObject([usual]);
    expect(read({})).toEqual({ endpoints: [], includeReferences: false, collections: [] });
  });

  it('may be named by variables, one by one or entry by entry', () => {
    const environment = {
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_NAME: 'a',
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL: 'https://a.example.com/',
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_HEADERS_AUTHORIZATION: 'Bearer x',
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_IGNORE_ACTIONS: '[pull]',
      REGISTRY_NOTIFICATIONS_ENDPOINTS_1: '{name: b, url: "http://b/", timeout: 5s}',
      REGISTRY_COPPICE_NOTIFICATIONS_COLLECTIONS: '[b]',
    };
    expect(read({}, {}, environment)).toMatchObject({
      endpoints: [
        { name: 'a', headers: { authorization: ['Bearer x'] }, ignoredActions: ['pull'] },
        { name: 'b', timeoutMs: 5000 },
      ],
      collections: ['b'],
    });
  });

  const second = 'notifications.endpoints[1]';
  const cases: readonly (readonly [name: string, endpoint: unknown, says: string])[] = [
    ['another protocol', { name: 'b', url: 'ftp://b/' }, `${second}.url: must be http or https`],
    ['what is no URL', { name: 'b', url: 'b:80' }, `${second}.url: must be http or https`],
    ['no URL', { name: 'b' }, `${second}.url: is needed`],
    ['no name', { url: sound.url }, `${second}.name: is needed`],
    ['a name twice', sound, `${second}.name: is the name of an endpoint before it`],
    ['a name with a blank', { ...sound, name: 'b c' }, `${second}.name: must be a name, got "b c"`],
    ['a text for a map', 'http://b/', `${second}: must be a map of name, disabled, url`],
    ['an unknown key', { ...sound, name: 'b', retries: 3 }, `${second}.retries: is not a key of an endpoint`],
    ['a time without a unit', { ...sound, name: 'b', timeout: 500 }, `${second}.timeout: must be 0 or a duration`],
    [
      'a time beyond timers',
      { ...sound, name: 'b', backoff: '2d' },
      `${second}.backoff: must be 0 or a duration up to`,
    ],
    ['part of a failure', { ...sound, name: 'b', threshold: 1.5 }, `${second}.threshold: must be a whole number`],
    ['what is ignored', { ...sound, name: 'b', ignore: { action: [] } }, `${second}.ignore.action: is not a key`],
    ['an action', { ...sound, name: 'b', ignore: { actions: ['get'] } }, `${second}.ignore.actions: must be a list of`],
    ['bad headers', { ...sound, name: 'b', headers: { 'X Y': ['a'] } }, `${second}.headers: must be a map of header`],
  ];
  it.each(cases)('names %s', (_, endpoint, says) => {
    expect(mistakes({ endpoints: [sound, endpoint] })).toEqual([expect.stringContaining(says)]);
  });

  it('that are to be told of collections must be there', () => {
    expect(mistakes({ endpoints: [sound] }, { collections: ['a', 'b'] })).toEqual([
      'coppice.notifications.collections: names no endpoint of notifications.endpoints: b',
    ]);
  });

  it.each([
    ['headers', { endpoints: [{ ...sound, headers: 'Authorization: hunter2' }] }],
    ['a header', { endpoints: [{ ...sound, headers: { Authorization: ['hunter2\n'] } }] }],
    ['a URL', { endpoints: [{ ...sound, url: 'ftp://me:hunter2@b/' }] }],
    ['one endpoint', { endpoints: ['hunter2'] }],
    ['all of them', { endpoints: 'hunter2' }],
  ])('never show what may be a secret: %s', (_, section) => {
    const found = mistakes(section);
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain('hunter2');
  });
});
