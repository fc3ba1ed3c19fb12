import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/domain/redis-url.ts';

describe('a Redis URL', () => {
  it.each([
    ['redis://localhost:6379/0', { nodes: [{ host: 'localhost', port: 6379 }], tls: false, username: null, password: null, db: 0 }],
    [
      'redis://primary:6379,secondary:6380/0',
      {
        nodes: [
          { host: 'primary', port: 6379 },
          { host: 'secondary', port: 6380 },
        ],
        tls: false,
        username: null,
        password: null,
        db: 0,
      },
    ],
    [
      'rediss://:s3cret@redis.example.com/2',
      { nodes: [{ host: 'redis.example.com', port: 6379 }], tls: true, username: null, password: 's3cret', db: 2 },
    ],
    ['redis://me:p%40ss%3Aw@[::1]:7000', { nodes: [{ host: '::1', port: 7000 }], tls: false, username: 'me', password: 'p@ss:w', db: 0 }],
    ['redis://me:a:b@h', { nodes: [{ host: 'h', port: 6379 }], tls: false, username: 'me', password: 'a:b', db: 0 }],
    ['redis://me@h/', { nodes: [{ host: 'h', port: 6379 }], tls: false, username: 'me', password: null, db: 0 }],
  ])('%s says where', (url, place) => {
    expect(parseRedisUrl(url)).toEqual(place);
  });

  it.each([
    '',
    'http://h',
    'redis://',
    'redis://a,,b',
    'redis://a:99999',
    'redis://a:b:c',
    'redis://h/x',
    'redis://h 1',
    'redis://u:secret@',
  ])('%j is refused without being repeated', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/not of the form redis:/);
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
  });
});
