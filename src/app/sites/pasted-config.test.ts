import { describe, expect, it } from 'vitest';
import { readPastedConfig } from './pasted-config.ts';

const file = (properties: Record<string, string>) => `<?xml version="1.0" encoding="UTF-8"?>
<confluence-configuration>
  <setupStep>complete</setupStep>
  <buildNumber>9012</buildNumber>
  <properties>
${Object.entries(properties)
  .map(([name, value]) => `    <property name="${name}">${value}</property>`)
  .join('\n')}
  </properties>
</confluence-configuration>`;
const usual = {
  'hibernate.connection.url': 'jdbc:postgresql://db.example:5433/confluence?reWriteBatchedInserts=true',
  'hibernate.connection.username': 'conf user',
  'hibernate.connection.password': 'a&amp;b&lt;&#99;&#x64;',
};

describe('a pasted confluence.cfg.xml', () => {
  it('gives database, password and home', () => {
    expect(readPastedConfig(file(usual), '/var/atlassian')).toEqual({
      ...{ databaseUrl: 'postgresql://conf%20user@db.example:5433/confluence', password: 'a&b<cd', home: '/var/atlassian' },
      ...{ localHome: null, buildNumber: 9012, problems: [] },
    });
  });

  it('of a cluster gives the shared home, and the folder of the file as the local one', () => {
    const read = readPastedConfig(file({ ...usual, 'confluence.cluster.home': '/mnt/shared' }), '/var/node1');
    expect([read.home, read.localHome]).toEqual(['/mnt/shared', '/var/node1']);
  });

  it('may name the database alone, or in CDATA', () => {
    const named = (url: string) => readPastedConfig(file({ ...usual, 'hibernate.connection.url': url }), null).databaseUrl;
    expect(named('jdbc:postgresql:wiki')).toBe('postgresql://conf%20user@localhost/wiki');
    expect(named('jdbc:postgresql://db/wiki')).toBe('postgresql://conf%20user@db/wiki');
    expect(named('<![CDATA[jdbc:postgresql://db/wiki]]>')).toBe('postgresql://conf%20user@db/wiki');
  });

  it('says what stands in the way', () => {
    const problems = (properties: Record<string, string>, folder: string | null = '/home') =>
      readPastedConfig(file(properties), folder).problems;
    expect(problems({})).toEqual([expect.stringContaining('data source')]);
    expect(problems({ 'hibernate.connection.url': 'jdbc:mysql://db/wiki' })).toEqual([expect.stringContaining('jdbc:mysql')]);
    expect(problems({ 'hibernate.connection.url': 'jdbc:postgresql://a,b/wiki' })).toEqual([expect.stringContaining('by hand')]);
    expect(problems(usual, null)).toEqual([expect.stringContaining('home directory')]);
    const sealed = { ...usual, 'hibernate.connection.password': '{ATL_SECURED}' };
    expect(problems(sealed)).toEqual([expect.stringContaining('encrypted')]);
    expect(readPastedConfig(file(sealed), '/home').password).toBeNull();
  });

  it('does not listen to what is commented out', () => {
    const text = file(usual).replace(
      '<properties>',
      '<properties><!-- <property name="hibernate.connection.url">jdbc:x</property> -->',
    );
    expect(readPastedConfig(text, '/home').databaseUrl).toContain('db.example');
  });

  it('is an answer whatever the text', () => {
    for (const text of [
      '',
      'hello',
      '<!--'.repeat(50_000),
      '<property name="hibernate.connection.url">'.repeat(5000),
      '<property name="hibernate.connection.url">',
    ])
      expect(readPastedConfig(text, null).databaseUrl).toBeNull();
  });
});
