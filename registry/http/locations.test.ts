import { describe, expect, it } from 'vitest';
import { locationOf } from './locations.ts';

describe('locations', () => {
  const cases = [
    {
      name: 'are absolute, as the client called',
      headers: { host: 'registry:5000' },
      location: 'http://registry:5000/v2/x',
    },
    {
      name: 'go through a proxy',
      headers: { host: 'inside', 'x-forwarded-host': 'r.example.com, proxy', 'x-forwarded-proto': 'https' },
      location: 'https://r.example.com/v2/x',
    },
    {
      name: 'are of https where the listener speaks TLS',
      settings: { isSecure: true },
      headers: { host: 'registry:5000' },
      location: 'https://registry:5000/v2/x',
    },
    {
      name: 'are as a proxy says, whatever it speaks to us',
      settings: { isSecure: true },
      headers: { host: 'registry:5000', 'x-forwarded-proto': 'http' },
      location: 'http://registry:5000/v2/x',
    },
    { name: 'are relative where the client says nonsense', headers: { host: 'evil.example/@' }, location: '/v2/x' },
    { name: 'are relative where the client says nothing', headers: {}, location: '/v2/x' },
    {
      name: 'carry the prefix',
      settings: { prefix: '/images' },
      headers: { host: 'registry:5000' },
      location: 'http://registry:5000/images/v2/x',
    },
    {
      name: 'carry the prefix where they are relative',
      settings: { prefix: '/images', relativeUrls: true },
      headers: { host: 'registry:5000' },
      location: '/images/v2/x',
    },
    {
      name: 'carry the path of the host that is configured, and no other',
      settings: { host: 'https://r.example.com/outside/', prefix: '/inside' },
      headers: { host: 'registry:5000' },
      location: 'https://r.example.com/outside/v2/x',
    },
    {
      name: 'begin as configured',
      settings: { host: 'https://r.example.com/' },
      headers: { host: 'other' },
      location: 'https://r.example.com/v2/x',
    },
    {
      name: 'are relative where configured so',
      settings: { host: 'https://r.example.com', relativeUrls: true },
      headers: { host: 'other' },
      location: '/v2/x',
    },
  ];
  it.each(cases)('$name', ({ headers, settings, location }) => {
    expect(locationOf({ relativeUrls: false, ...settings }, headers, '/v2/x')).toBe(location);
  });
});
