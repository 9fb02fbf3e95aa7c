import type { ClassModel } from '../class-model.ts';
import { audit, enumeration, integer, keyword, reference, space, string, text, user } from '../properties.ts';

const bag = 'java.util.Collection';
const id = (column: string) => ({ name: 'id', column });

export const spaceClasses: ClassModel[] = [
  {
    className: 'Space',
    packageName: 'com.atlassian.confluence.spaces',
    table: 'spaces',
    id: id('spaceid'),
    label: 'space',
    titleColumn: 'spacekey',
    properties: [
      string('name', 'spacename'),
      string('key', 'spacekey'),
      string('lowerKey', 'lowerspacekey', { fallback: { lowerCaseOf: 'spacekey' } }),
      reference('description', 'spacedescid', 'content', { className: 'SpaceDescription' }),
      reference('homePage', 'homepage', 'content', { className: 'Page' }),
      ...audit(),
      keyword('spaceType', 'spacetype', { fallback: { value: 'global' } }),
      enumeration('spaceStatus', 'spacestatus', 'com.atlassian.confluence.spaces', 'SpaceStatus', {
        fallback: { value: 'CURRENT' },
      }),
    ],
    inverse: [
      { names: ['permissions'], javaType: bag, table: 'spacepermissions', column: 'spaceid' },
      { names: ['pageTemplates'], javaType: bag, table: 'pagetemplates', column: 'spaceid' },
    ],
  },
  {
    className: 'SpacePermission',
    packageName: 'com.atlassian.confluence.security',
    table: 'spacepermissions',
    id: id('permid'),
    label: 'space permission',
    titleColumn: 'permtype',
    properties: [
      space(),
      string('type', 'permtype'),
      string('group', 'permgroupname'),
      user('userSubject', 'permusername', ['userName']),
      string('allUsersSubject', 'permalluserssubject'),
      ...audit(),
    ],
  },
  {
    className: 'PageTemplate',
    packageName: 'com.atlassian.confluence.pages.templates',
    table: 'pagetemplates',
    id: id('templateid'),
    label: 'template',
    titleColumn: 'templatename',
    properties: [
      integer('hibernateVersion', 'hibernateversion', { fallback: { value: '0' } }),
      string('name', 'templatename'),
      string('description', 'templatedesc'),
      string('pluginKey', 'pluginkey'),
      string('moduleKey', 'modulekey'),
      string('referencingPluginKey', 'refpluginkey'),
      string('referencingModuleKey', 'refmodulekey'),
      text('content', 'content'),
      space(),
      reference('originalVersion', 'prevver', 'pagetemplates', { className: 'PageTemplate', idAliases: ['originalVersionId'] }),
      integer('version', 'version', { fallback: { value: '1' } }),
      ...audit(),
      integer('bodyType', 'bodytypeid', { fallback: { value: '0' } }),
    ],
    inverse: [
      { names: ['historicalVersions'], javaType: bag, table: 'pagetemplates', column: 'prevver' },
      { names: ['labellings'], javaType: bag, table: 'content_label', column: 'pagetemplateid' },
    ],
  },
  {
    className: 'ConfluenceUserImpl',
    packageName: 'com.atlassian.confluence.user',
    table: 'user_mapping',
    id: { name: 'key', column: 'user_key', text: true },
    label: 'user',
    titleColumn: 'username',
    properties: [
      string('name', 'username', { fallback: { copyOf: 'user_key' } }),
      string('lowerName', 'lower_username', { fallback: { lowerCaseOf: 'username' } }),
      string('email', 'email', { xmlOnly: true }),
    ],
  },
  {
    className: 'FollowConnection',
    packageName: 'com.atlassian.confluence.follow',
    table: 'follow_connections',
    id: id('connectionid'),
    label: 'network connection',
    properties: [user('follower', 'follower'), user('followee', 'followee')],
  },
];
