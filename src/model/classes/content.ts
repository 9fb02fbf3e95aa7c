import type { ClassModel, InverseCollection, PropertyModel } from '../class-model.ts';
import { audit, content, integer, reference, space, string, text, user } from '../properties.ts';

const bag = 'java.util.Collection';

/** Collections that every content class has. */
const contentCollections: InverseCollection[] = [
  { names: ['bodyContents'], javaType: bag, table: 'bodycontent', column: 'contentid' },
  { names: ['contentProperties'], javaType: bag, table: 'contentproperties', column: 'contentid', inCurrentDialect: true },
  { names: ['outgoingLinks'], javaType: bag, table: 'links', column: 'contentid' },
  { names: ['referralLinks'], javaType: bag, table: 'extrnlnks', column: 'contentid' },
  { names: ['labellings'], javaType: bag, table: 'content_label', column: 'contentid' },
  { names: ['contentPermissionSets'], javaType: bag, table: 'content_perm_set', column: 'content_id' },
  { names: ['attachments'], javaType: bag, table: 'content', column: 'pageid', className: 'Attachment' },
  { names: ['comments'], javaType: 'java.util.Set', table: 'content', column: 'pageid', className: 'Comment' },
  { names: ['customContent'], javaType: bag, table: 'content', column: 'pageid', className: 'CustomContentEntityObject' },
];

interface ContentClass {
  className: string;
  packageName: string;
  contentType: string;
  label: string;
  own?: PropertyModel[];
  children?: InverseCollection[];
  /** Older names of common properties in this class. */
  title?: string[];
  version?: string[];
  versionComment?: string[];
}

/** One class of the family of ContentEntityObject: all of them are rows of the table `content`, told apart by `contenttype`. */
function contentClass(c: ContentClass): ClassModel {
  return {
    className: c.className,
    packageName: c.packageName,
    table: 'content',
    discriminator: { column: 'contenttype', value: c.contentType },
    id: { name: 'id', column: 'contentid' },
    label: c.label,
    titleColumn: 'title',
    properties: [
      integer('hibernateVersion', 'hibernateversion', { fallback: { value: '0' } }),
      string('title', 'title', { ...(c.title ? { aliases: c.title } : {}) }),
      string('lowerTitle', 'lowertitle', { fallback: { lowerCaseOf: 'title' } }),
      integer('version', 'version', { ...(c.version ? { aliases: c.version } : {}), fallback: { value: '1' } }),
      ...audit(),
      text('versionComment', 'versioncomment', { ...(c.versionComment ? { aliases: c.versionComment } : {}) }),
      string('contentStatus', 'content_status', { fallback: { value: 'current' } }),
      reference('originalVersion', 'prevver', 'content', { className: c.className, idAliases: ['originalVersionId'] }),
      ...(c.own ?? []),
    ],
    inverse: [
      ...contentCollections,
      { names: ['historicalVersions'], javaType: bag, table: 'content', column: 'prevver', className: c.className },
      ...(c.children ?? []),
    ],
  };
}

const pages = 'com.atlassian.confluence.pages';

export const contentClasses: ClassModel[] = [
  contentClass({
    className: 'Page',
    packageName: pages,
    contentType: 'PAGE',
    label: 'page',
    own: [space(), reference('parent', 'parentid', 'content', { className: 'Page' }), integer('position', 'child_position')],
    children: [{ names: ['children', 'childrens'], javaType: bag, table: 'content', column: 'parentid', className: 'Page' }],
  }),
  contentClass({ className: 'BlogPost', packageName: pages, contentType: 'BLOGPOST', label: 'blog post', own: [space()] }),
  contentClass({
    className: 'Comment',
    packageName: pages,
    contentType: 'COMMENT',
    label: 'comment',
    own: [
      content('containerContent', 'pageid', ['owner']),
      reference('parent', 'parentcommentid', 'content', { className: 'Comment' }),
    ],
    children: [{ names: ['children'], javaType: bag, table: 'content', column: 'parentcommentid', className: 'Comment' }],
  }),
  contentClass({
    className: 'Attachment',
    packageName: pages,
    contentType: 'ATTACHMENT',
    label: 'attachment',
    title: ['fileName'],
    version: ['attachmentVersion'],
    versionComment: ['comment'],
    own: [content('containerContent', 'pageid', ['content']), space()],
  }),
  contentClass({
    className: 'SpaceDescription',
    packageName: 'com.atlassian.confluence.spaces',
    contentType: 'SPACEDESCRIPTION',
    label: 'space description',
    own: [space()],
  }),
  contentClass({
    className: 'CustomContentEntityObject',
    packageName: 'com.atlassian.confluence.content',
    contentType: 'CUSTOM',
    label: 'custom content',
    own: [
      string('pluginModuleKey', 'pluginkey'),
      string('pluginVersion', 'pluginver'),
      content('containerContent', 'pageid'),
      space(),
      reference('parent', 'parentccid', 'content', { className: 'CustomContentEntityObject' }),
    ],
    children: [
      { names: ['children'], javaType: bag, table: 'content', column: 'parentccid', className: 'CustomContentEntityObject' },
    ],
  }),
  contentClass({
    className: 'PersonalInformation',
    packageName: 'com.atlassian.confluence.user',
    contentType: 'USERINFO',
    label: 'profile',
    own: [user('user', 'username', ['username'])],
  }),
  contentClass({
    className: 'GlobalDescription',
    packageName: 'com.atlassian.confluence.setup.settings',
    contentType: 'GLOBALDESCRIPTION',
    label: 'site description',
  }),
  contentClass({
    className: 'Draft',
    packageName: pages,
    contentType: 'DRAFT',
    label: 'draft',
    own: [
      string('pageId', 'draftpageid'),
      string('draftSpaceKey', 'draftspacekey'),
      string('draftType', 'drafttype'),
      integer('pageVersion', 'draftpageversion'),
    ],
  }),
];
