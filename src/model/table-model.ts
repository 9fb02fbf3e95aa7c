/** How the rows of a table belong to a space. `content` and `space` name columns that refer to the tables content and spaces. */
export type Membership =
  | { by: 'space'; column: string }
  /** Every column that is not null refers to content of the space. A row with none of them goes by `space` or `parent`. */
  | { by: 'content'; columns: string[]; space?: string; parent?: { column: string; table: string } }
  | { by: 'parent'; column: string; table: string }
  | { by: 'spaceKey'; column: string }
  /** Shared by all spaces: a row belongs to every space whose rows refer to it. */
  | { by: 'referrers' }
  /** Rows of the property set of content: entity_name 'confluence_ContentEntityObject', entity_id a content id. */
  | { by: 'contentEntity' };

export interface TableModel {
  name: string;
  /** Primary key columns. */
  key: string[];
  /** Columns that come before the key in the order of a snapshot (cluster-order.ts). */
  cluster?: string[];
  /** Its ids come from Confluence's shared hi/lo generator (`hibernate_unique_key`). */
  hiLo?: boolean;
  /** Absent: the table belongs to the site as a whole. */
  membership?: Membership;
  /**
   * The row that stands in for one that the backup refers to and does not contain, so that the reference survives.
   * `$id` is the id. Absent: the reference is set to null where the column allows it, else the row that holds it is skipped.
   */
  placeholder?: Record<string, string>;
  /** What a second row with the same value of a unique constraint becomes, instead of being skipped: this column is set to null. */
  nullOnDuplicate?: string;
  /** Columns that every row needs, and from which others of the row they are taken where the backup leaves them out. */
  fill?: Record<string, string[]>;
  /** Two rows that agree in these columns are the same thing: a space restore uses the one that the site has. */
  identity?: string[];
}

/** Relations need all four audit columns; older and Cloud backups may lack one. */
const audited = (...users: string[]) => ({
  creator: ['lastmodifier', ...users],
  lastmodifier: ['creator', ...users],
  creationdate: ['lastmoddate'],
  lastmoddate: ['creationdate'],
});

const placeholderUser = 'Placeholder for a record that the backup refers to but does not contain';

/** All tables that an XML backup fills, in an order in which each row's references are already there (but for cycles within content). */
export const tableModels: TableModel[] = [
  {
    name: 'user_mapping',
    key: ['user_key'],
    membership: { by: 'referrers' },
    placeholder: { user_key: '$id', username: '$id', lower_username: '$id' },
    nullOnDuplicate: 'lower_username',
  },
  { name: 'cwd_application', key: ['id'], hiLo: true },
  { name: 'cwd_application_attribute', key: ['application_id', 'attribute_name'] },
  {
    name: 'cwd_directory',
    key: ['id'],
    hiLo: true,
    placeholder: {
      id: '$id',
      directory_name: 'Missing directory $id',
      lower_directory_name: 'missing directory $id',
      created_date: '1970-01-01 00:00:00',
      updated_date: '1970-01-01 00:00:00',
      active: 'F',
      description: placeholderUser,
      impl_class: 'com.atlassian.crowd.directory.InternalDirectory',
      lower_impl_class: 'com.atlassian.crowd.directory.internaldirectory',
      directory_type: 'INTERNAL',
    },
  },
  { name: 'cwd_directory_attribute', key: ['directory_id', 'attribute_name'] },
  { name: 'cwd_directory_operation', key: ['directory_id', 'operation_type'] },
  { name: 'cwd_app_dir_mapping', key: ['id'], hiLo: true },
  { name: 'cwd_app_dir_operation', key: ['app_dir_mapping_id', 'operation_type'] },
  { name: 'cwd_user', key: ['id'], hiLo: true },
  { name: 'cwd_user_attribute', key: ['id'], hiLo: true },
  { name: 'cwd_group', key: ['id'], hiLo: true },
  { name: 'cwd_group_attribute', key: ['id'], hiLo: true },
  { name: 'cwd_membership', key: ['id'], hiLo: true },
  {
    name: 'spaces',
    key: ['spaceid'],
    hiLo: true,
    membership: { by: 'space', column: 'spaceid' },
    placeholder: {
      spaceid: '$id',
      spacename: 'Missing space $id',
      spacekey: 'MISSING$id',
      lowerspacekey: 'missing$id',
      spacetype: 'global',
      spacestatus: 'ARCHIVED',
    },
  },
  {
    name: 'content',
    key: ['contentid'],
    hiLo: true,
    membership: { by: 'space', column: 'spaceid' },
    placeholder: {
      contentid: '$id',
      hibernateversion: '0',
      contenttype: 'PAGE',
      title: 'Missing content $id',
      lowertitle: 'missing content $id',
      version: '1',
      versioncomment: placeholderUser,
      content_status: 'deleted',
    },
  },
  {
    name: 'bodycontent',
    key: ['bodycontentid'],
    cluster: ['contentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['contentid'] },
  },
  {
    name: 'contentproperties',
    key: ['propertyid'],
    cluster: ['contentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['contentid'] },
  },
  {
    name: 'pagetemplates',
    key: ['templateid'],
    hiLo: true,
    membership: { by: 'space', column: 'spaceid' },
    placeholder: { templateid: '$id', hibernateversion: '0', templatename: 'Missing template $id', version: '1' },
  },
  {
    name: 'label',
    key: ['labelid'],
    hiLo: true,
    membership: { by: 'referrers' },
    placeholder: { labelid: '$id', name: 'missing-label-$id', namespace: 'global' },
    identity: ['namespace', 'name', 'owner'],
  },
  {
    name: 'content_label',
    key: ['id'],
    cluster: ['contentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['contentid'], parent: { column: 'pagetemplateid', table: 'pagetemplates' } },
  },
  {
    name: 'content_perm_set',
    key: ['id'],
    cluster: ['content_id'],
    hiLo: true,
    membership: { by: 'content', columns: ['content_id'] },
  },
  {
    name: 'content_perm',
    key: ['id'],
    cluster: ['cps_id'],
    hiLo: true,
    membership: { by: 'parent', column: 'cps_id', table: 'content_perm_set' },
  },
  { name: 'spacepermissions', key: ['permid'], cluster: ['spaceid'], hiLo: true, membership: { by: 'space', column: 'spaceid' } },
  { name: 'links', key: ['linkid'], cluster: ['contentid'], hiLo: true, membership: { by: 'content', columns: ['contentid'] } },
  {
    name: 'extrnlnks',
    key: ['linkid'],
    cluster: ['contentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['contentid'] },
  },
  {
    name: 'notifications',
    key: ['notificationid'],
    cluster: ['contentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['contentid'], space: 'spaceid' },
  },
  { name: 'likes', key: ['id'], cluster: ['contentid'], hiLo: true, membership: { by: 'content', columns: ['contentid'] } },
  {
    name: 'usercontent_relation',
    key: ['relationid'],
    cluster: ['targetcontentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['targetcontentid'] },
    fill: audited('sourceuser'),
  },
  {
    name: 'content_relation',
    key: ['relationid'],
    cluster: ['sourcecontentid'],
    hiLo: true,
    membership: { by: 'content', columns: ['sourcecontentid', 'targetcontentid'] },
    fill: audited(),
  },
  { name: 'user_relation', key: ['relationid'], hiLo: true, fill: audited('sourceuser') },
  { name: 'follow_connections', key: ['connectionid'], hiLo: true },
  { name: 'bandana', key: ['bandanaid'], hiLo: true, membership: { by: 'spaceKey', column: 'bandanacontext' } },
  { name: 'os_propertyentry', key: ['entity_name', 'entity_id', 'entity_key'], membership: { by: 'contentEntity' } },
  { name: 'logininfo', key: ['id'], hiLo: true },
  { name: 'remembermetoken', key: ['id'], hiLo: true },
  { name: 'keystore', key: ['keyid'], hiLo: true },
  { name: 'scheduler_clustered_jobs', key: ['id'], hiLo: true },
  { name: 'auditrecord', key: ['auditrecordid'], hiLo: true },
];

const byName = new Map(tableModels.map((table) => [table.name, table]));

export function tableModel(name: string): TableModel | undefined {
  return byName.get(name);
}

/**
 * Tables that a site restore from an XML backup takes over from the site as it was: what XML backups never hold and the site cannot do without
 * (reference: database-schema, "Not in XML backups"). All other tables that the backup does not fill start empty.
 */
export const keptTables = [
  'confversion',
  'confzdu',
  'plugindata',
  'backup_restore_job_details',
  'backup_restore_job_settings',
  'backup_restore_job_statistics',
];
