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
    { name: 'are relative where the client says nonsense', headers: { host: 'evil.example/@' }, location: '/v2/x' },
    { name: 'are relative where the client says nothing', headers: {}, location: '/v2/x' },
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
