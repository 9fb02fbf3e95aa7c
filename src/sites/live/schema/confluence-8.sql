-- The tables of Confluence 8.x on PostgreSQL, without the tables of the Cloud Migration Assistant and of most apps.
-- Runs in an empty schema that stands first in search_path.

-- Tables

-- all content entities, one row per version; discriminator = contenttype
CREATE TABLE content (
    contentid bigint NOT NULL,
    hibernateversion integer DEFAULT 0 NOT NULL,
    contenttype character varying(255) NOT NULL,
    title character varying(255),
    lowertitle character varying(255),
    version integer,
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone,
    versioncomment text,
    prevver bigint,
    content_status character varying(255),
    pageid bigint,
    spaceid bigint,
    child_position integer,
    parentid bigint,
    pluginkey character varying(255),
    pluginver character varying(255),
    parentccid bigint,
    draftpageid character varying(255),
    draftspacekey character varying(255),
    drafttype character varying(255),
    draftpageversion integer,
    parentcommentid bigint,
    username character varying(255)
);

-- body of a content row (0..n; normally 1); bodytypeid 0 = wiki or plain text, 1 = raw (JSON), 2 = XHTML storage
CREATE TABLE bodycontent (
    bodycontentid bigint NOT NULL,
    body text,
    contentid bigint,
    bodytypeid smallint
);

CREATE TABLE spaces (
    spaceid bigint NOT NULL,
    spacename character varying(255),
    spacekey character varying(255) NOT NULL,
    lowerspacekey character varying(255) NOT NULL,
    spacedescid bigint,
    homepage bigint,
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone,
    spacetype character varying(255),
    spacestatus character varying(255)
);

-- typed key/value of a content row (attachment media type, size, ...)
CREATE TABLE contentproperties (
    propertyid bigint NOT NULL,
    propertyname character varying(255) NOT NULL,
    stringval character varying(255),
    longval bigint,
    dateval timestamp without time zone,
    contentid bigint
);

-- closure of page ancestors, position 0 = root; derived from content.parentid
CREATE TABLE confancestors (
    descendentid bigint NOT NULL,
    ancestorposition integer NOT NULL,
    ancestorid bigint NOT NULL
);

-- attachment bytes, only when attachments are stored in the database
CREATE TABLE attachmentdata (
    attachmentdataid bigint NOT NULL,
    hibernateversion integer DEFAULT 0 NOT NULL,
    attversion integer NOT NULL,
    data bytea,
    attachmentid bigint NOT NULL
);

CREATE TABLE imagedetails (
    attachmentid bigint NOT NULL,
    height integer,
    width integer,
    mimetype character varying(30)
);

CREATE TABLE label (
    labelid bigint NOT NULL,
    name character varying(255),
    owner character varying(255),
    namespace character varying(255),
    creationdate timestamp without time zone,
    lastmoddate timestamp without time zone
);

-- class Labelling; labelabletype CONTENT or PAGETEMPLATE
CREATE TABLE content_label (
    id bigint NOT NULL,
    labelid bigint NOT NULL,
    contentid bigint,
    pagetemplateid bigint,
    owner character varying(255),
    creationdate timestamp without time zone,
    lastmoddate timestamp without time zone,
    labelableid bigint,
    labelabletype character varying(255)
);

CREATE TABLE pagetemplates (
    templateid bigint NOT NULL,
    hibernateversion integer DEFAULT 0 NOT NULL,
    templatename character varying(255) NOT NULL,
    templatedesc character varying(255),
    pluginkey character varying(255),
    modulekey character varying(255),
    refpluginkey character varying(255),
    refmodulekey character varying(255),
    content text,
    spaceid bigint,
    prevver bigint,
    version integer NOT NULL,
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone,
    bodytypeid smallint
);

-- class OutgoingLink
CREATE TABLE links (
    linkid bigint NOT NULL,
    destpagetitle character varying(255),
    lowerdestpagetitle character varying(255),
    destspacekey character varying(255) NOT NULL,
    lowerdestspacekey character varying(255),
    contentid bigint NOT NULL,
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone
);

-- watches
CREATE TABLE notifications (
    notificationid bigint NOT NULL,
    contentid bigint,
    labelid bigint,
    spaceid bigint,
    username character varying(255) NOT NULL,
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone,
    digest boolean,
    network boolean,
    contenttype character varying(255)
);

CREATE TABLE likes (
    id bigint NOT NULL,
    contentid bigint NOT NULL,
    username character varying(255) NOT NULL,
    creationdate timestamp without time zone NOT NULL
);

-- page/blog restrictions, cont_perm_type View or Edit
CREATE TABLE content_perm_set (
    id bigint NOT NULL,
    cont_perm_type character varying(10) NOT NULL,
    content_id bigint NOT NULL,
    creationdate timestamp without time zone,
    lastmoddate timestamp without time zone
);

CREATE TABLE content_perm (
    id bigint NOT NULL,
    cp_type character varying(10) NOT NULL,
    username character varying(255),
    groupname character varying(255),
    cps_id bigint NOT NULL,
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone
);

-- spaceid null = global permission
CREATE TABLE spacepermissions (
    permid bigint NOT NULL,
    spaceid bigint,
    permtype character varying(255) NOT NULL,
    permgroupname character varying(255),
    permusername character varying(255),
    permalluserssubject character varying(255),
    creator character varying(255),
    creationdate timestamp without time zone,
    lastmodifier character varying(255),
    lastmoddate timestamp without time zone
);

CREATE TABLE content_relation (
    relationid bigint NOT NULL,
    targetcontentid bigint NOT NULL,
    sourcecontentid bigint NOT NULL,
    targettype character varying(255) NOT NULL,
    sourcetype character varying(255) NOT NULL,
    relationname character varying(255) NOT NULL,
    creationdate timestamp without time zone NOT NULL,
    lastmoddate timestamp without time zone NOT NULL,
    creator character varying(255) NOT NULL,
    lastmodifier character varying(255) NOT NULL
);

-- class User2ContentRelationEntity; relationname touched, collaborator
CREATE TABLE usercontent_relation (
    relationid bigint NOT NULL,
    targetcontentid bigint NOT NULL,
    sourceuser character varying(255) NOT NULL,
    targettype character varying(255) NOT NULL,
    relationname character varying(255) NOT NULL,
    creationdate timestamp without time zone NOT NULL,
    lastmoddate timestamp without time zone NOT NULL,
    creator character varying(255) NOT NULL,
    lastmodifier character varying(255) NOT NULL
);

CREATE TABLE user_relation (
    relationid bigint NOT NULL,
    sourceuser character varying(255) NOT NULL,
    targetuser character varying(255) NOT NULL,
    relationname character varying(255) NOT NULL,
    creationdate timestamp without time zone NOT NULL,
    lastmoddate timestamp without time zone NOT NULL,
    creator character varying(255) NOT NULL,
    lastmodifier character varying(255) NOT NULL
);

CREATE TABLE follow_connections (
    connectionid bigint NOT NULL,
    follower character varying(255),
    followee character varying(255)
);

-- user_key = 32 hex digits; every content creator/lastmodifier refers to it
CREATE TABLE user_mapping (
    user_key character varying(255) NOT NULL,
    username character varying(255) NOT NULL,
    lower_username character varying(255)
);

CREATE TABLE logininfo (
    id bigint NOT NULL,
    curfailed integer,
    totalfailed integer,
    successdate timestamp without time zone,
    prevsuccessdate timestamp without time zone,
    faileddate timestamp without time zone,
    username character varying(255) NOT NULL
);

CREATE TABLE remembermetoken (
    id bigint NOT NULL,
    username character varying(255) NOT NULL,
    created bigint NOT NULL,
    token character varying(255) NOT NULL
);

-- Crowd embedded
CREATE TABLE cwd_directory (
    id bigint NOT NULL,
    directory_name character varying(255) NOT NULL,
    lower_directory_name character varying(255) NOT NULL,
    created_date timestamp without time zone NOT NULL,
    updated_date timestamp without time zone NOT NULL,
    active character(1) NOT NULL,
    description character varying(255),
    impl_class character varying(255) NOT NULL,
    lower_impl_class character varying(255) NOT NULL,
    directory_type character varying(32) NOT NULL
);

-- since 8.8 the LDAP/remote password values are AES encrypted (keys live in home/keys)
CREATE TABLE cwd_directory_attribute (
    directory_id bigint NOT NULL,
    attribute_name character varying(255) NOT NULL,
    attribute_value character varying(4000)
);

CREATE TABLE cwd_directory_operation (
    directory_id bigint NOT NULL,
    operation_type character varying(32) NOT NULL
);

CREATE TABLE cwd_application (
    id bigint NOT NULL,
    application_name character varying(255) NOT NULL,
    lower_application_name character varying(255) NOT NULL,
    created_date timestamp without time zone NOT NULL,
    updated_date timestamp without time zone NOT NULL,
    active character(1) NOT NULL,
    description character varying(255),
    application_type character varying(32) NOT NULL,
    credential character varying(255) NOT NULL
);

CREATE TABLE cwd_application_address (
    application_id bigint NOT NULL,
    remote_address character varying(255) NOT NULL
);

CREATE TABLE cwd_application_attribute (
    application_id bigint NOT NULL,
    attribute_name character varying(255) NOT NULL,
    attribute_value character varying(4000)
);

CREATE TABLE cwd_app_dir_mapping (
    id bigint NOT NULL,
    application_id bigint,
    directory_id bigint NOT NULL,
    allow_all character(1) NOT NULL,
    list_index integer
);

CREATE TABLE cwd_app_dir_group_mapping (
    id bigint NOT NULL,
    app_dir_mapping_id bigint NOT NULL,
    application_id bigint NOT NULL,
    directory_id bigint NOT NULL,
    group_name character varying(255) NOT NULL
);

CREATE TABLE cwd_app_dir_operation (
    app_dir_mapping_id bigint NOT NULL,
    operation_type character varying(32) NOT NULL
);

-- class InternalUser
CREATE TABLE cwd_user (
    id bigint NOT NULL,
    user_name character varying(255) NOT NULL,
    lower_user_name character varying(255) NOT NULL,
    active character(1) NOT NULL,
    created_date timestamp without time zone NOT NULL,
    updated_date timestamp without time zone NOT NULL,
    first_name character varying(255),
    lower_first_name character varying(255),
    last_name character varying(255),
    lower_last_name character varying(255),
    display_name character varying(255),
    lower_display_name character varying(255),
    email_address character varying(255),
    lower_email_address character varying(255),
    external_id character varying(255),
    directory_id bigint NOT NULL,
    credential character varying(255)
);

CREATE TABLE cwd_user_attribute (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    directory_id bigint NOT NULL,
    attribute_name character varying(255) NOT NULL,
    attribute_value character varying(255),
    attribute_lower_value character varying(255)
);

CREATE TABLE cwd_user_credential_record (
    id bigint NOT NULL,
    user_id bigint,
    password_hash character varying(255) NOT NULL,
    list_index integer
);

-- class InternalGroup
CREATE TABLE cwd_group (
    id bigint NOT NULL,
    group_name character varying(255) NOT NULL,
    lower_group_name character varying(255) NOT NULL,
    active character(1) NOT NULL,
    local character(1) NOT NULL,
    created_date timestamp without time zone NOT NULL,
    updated_date timestamp without time zone NOT NULL,
    description character varying(255),
    group_type character varying(32) NOT NULL,
    directory_id bigint NOT NULL,
    external_id character varying(255)
);

CREATE TABLE cwd_group_attribute (
    id bigint NOT NULL,
    group_id bigint NOT NULL,
    directory_id bigint NOT NULL,
    attribute_name character varying(255) NOT NULL,
    attribute_value character varying(255),
    attribute_lower_value character varying(255)
);

-- class HibernateMembership
CREATE TABLE cwd_membership (
    id bigint NOT NULL,
    parent_id bigint NOT NULL,
    child_group_id bigint,
    child_user_id bigint
);

CREATE TABLE cwd_synchronisation_status (
    id integer NOT NULL,
    directory_id bigint NOT NULL,
    node_id character varying(36),
    node_name character varying(255),
    sync_start bigint NOT NULL,
    sync_end bigint,
    status character varying(32) NOT NULL,
    status_parameters text,
    incremental_sync_error text,
    full_sync_error text
);

CREATE TABLE cwd_synchronisation_token (
    directory_id bigint NOT NULL,
    sync_status_token text
);

CREATE TABLE cwd_tombstone (
    id bigint NOT NULL,
    tombstone_type character varying(255) NOT NULL,
    tombstone_timestamp bigint NOT NULL,
    entity_name character varying(255),
    directory_id bigint,
    parent character varying(255),
    application_id bigint
);

-- settings store (XStream XML); bandanacontext = _GLOBAL, a space key or a plugin key
CREATE TABLE bandana (
    bandanaid bigint NOT NULL,
    bandanacontext character varying(255) NOT NULL,
    bandanakey character varying(100) NOT NULL,
    bandanavalue text
);

-- class BucketPropertySetItem
CREATE TABLE os_propertyentry (
    entity_name character varying(125) NOT NULL,
    entity_id bigint NOT NULL,
    entity_key character varying(200) NOT NULL,
    key_type integer,
    boolean_val boolean,
    double_val double precision,
    string_val character varying(255),
    text_val text,
    long_val bigint,
    int_val integer,
    date_val timestamp without time zone
);

-- jar bytes of user-installed apps; never in XML backups
CREATE TABLE plugindata (
    plugindataid bigint NOT NULL,
    pluginkey character varying(255) NOT NULL,
    filename character varying(255) NOT NULL,
    lastmoddate timestamp without time zone,
    data bytea
);

-- custom Velocity layouts
CREATE TABLE decorator (
    decoratorid bigint NOT NULL,
    spacekey character varying(255),
    decoratorname character varying(255),
    body text,
    lastmoddate timestamp without time zone
);

CREATE TABLE keystore (
    keyid bigint NOT NULL,
    alias character varying(255) NOT NULL,
    type character varying(32) NOT NULL,
    algorithm character varying(32) NOT NULL,
    keyspec text NOT NULL
);

CREATE TABLE trustedapp (
    trustedappid bigint NOT NULL,
    name character varying(255) NOT NULL,
    timeout integer NOT NULL,
    public_key_id bigint NOT NULL
);

CREATE TABLE trustedapprestriction (
    trustedapprestrictionid bigint NOT NULL,
    type character varying(32) NOT NULL,
    restriction character varying(255),
    trustedappid bigint
);

-- buildnumber history; the newest row must equal buildNumber of confluence.cfg.xml
CREATE TABLE confversion (
    confversionid bigint NOT NULL,
    buildnumber integer NOT NULL,
    installdate timestamp without time zone,
    versiontag character varying(255),
    finalized character(1) DEFAULT 'N'::bpchar NOT NULL,
    creationdate timestamp without time zone,
    lastmoddate timestamp without time zone
);

-- zero-downtime (rolling) upgrade state
CREATE TABLE confzdu (
    confzduid bigint NOT NULL,
    state character varying(255) NOT NULL,
    orig_ver character varying(255) NOT NULL,
    orig_build_number integer DEFAULT 0 NOT NULL
);

CREATE TABLE clustersafety (
    clustersafetyid bigint NOT NULL,
    safetynumber integer
);

-- one row; hi value of the shared hi/lo id generator (block of 32768)
CREATE TABLE hibernate_unique_key (
    next_hi bigint
);

-- index journal
CREATE TABLE journalentry (
    entry_id bigint NOT NULL,
    journal_name character varying(255),
    creationdate timestamp without time zone,
    type character varying(255),
    message character varying(2047),
    triedtimes integer DEFAULT 0 NOT NULL
);

CREATE TABLE scheduler_clustered_jobs (
    id bigint NOT NULL,
    job_id character varying(255),
    next_run_time timestamp without time zone,
    version bigint,
    job_runner_key character varying(255),
    raw_parameters bytea,
    sched_type character(1),
    cron_expression character varying(255),
    cron_time_zone character varying(60),
    interval_first_run_time timestamp without time zone,
    interval_millis bigint
);

CREATE TABLE scheduler_run_details (
    id bigint NOT NULL,
    job_id character varying(255),
    start_time timestamp without time zone,
    duration bigint,
    outcome character(1),
    message character varying(255)
);

CREATE TABLE background_job (
    id bigint NOT NULL,
    type character varying(100),
    owner character varying(255),
    description character varying(1000),
    run_at timestamp without time zone NOT NULL,
    iteration_number integer NOT NULL,
    number_of_failures integer NOT NULL,
    creation_time timestamp without time zone NOT NULL,
    last_touch_time timestamp without time zone NOT NULL,
    duration_ms bigint NOT NULL,
    parameters text
);

CREATE TABLE background_job_archived (
    id bigint NOT NULL,
    type character varying(100),
    owner character varying(255),
    description character varying(1000),
    error_message text,
    iteration_number integer NOT NULL,
    number_of_failures integer NOT NULL,
    creation_time timestamp without time zone NOT NULL,
    completion_time timestamp without time zone NOT NULL,
    duration_ms bigint NOT NULL,
    state character varying(255) NOT NULL
);

-- 8.3+ backup/restore queue
CREATE TABLE backup_restore_job_details (
    id bigint NOT NULL,
    operation character varying(255) NOT NULL,
    scope character varying(20) NOT NULL,
    state character varying(20) NOT NULL,
    create_time timestamp without time zone NOT NULL,
    start_processing_time timestamp without time zone,
    finish_processing_time timestamp without time zone,
    error_message character varying(1000),
    owner character varying(255),
    terminator character varying(255),
    cancel_time timestamp without time zone,
    filename character varying(1000),
    single_space_key character varying(255),
    space_keys character varying(1000),
    file_delete_time timestamp without time zone,
    file_exists boolean
);

-- 8.3+; same id as the job
CREATE TABLE backup_restore_job_settings (
    id bigint NOT NULL,
    settings text
);

-- 8.3+; same id as the job
CREATE TABLE backup_restore_job_statistics (
    id bigint NOT NULL,
    job_statistics text
);

CREATE TABLE most_used_labels_cache (
    spaceid bigint NOT NULL,
    request_ts bigint,
    expiration_ts bigint,
    request_limit integer,
    labels text,
    version integer
);

CREATE TABLE diagnostics_alerts (
    id bigint NOT NULL,
    details_json text,
    issue_component_id character varying(255) NOT NULL,
    issue_id character varying(255) NOT NULL,
    issue_severity integer NOT NULL,
    node_name character varying(255) NOT NULL,
    node_name_lower character varying(255) NOT NULL,
    "timestamp" bigint NOT NULL,
    trigger_module character varying(255),
    trigger_plugin_key character varying(255),
    trigger_plugin_key_lower character varying(255),
    trigger_plugin_version character varying(255)
);

-- old audit log (column really is spelt sysamdin)
CREATE TABLE auditrecord (
    auditrecordid bigint NOT NULL,
    summary character varying(255),
    description character varying(255),
    category character varying(255),
    address character varying(255),
    sysamdin boolean NOT NULL,
    authorname character varying(255),
    authorfullname character varying(255),
    authorkey character varying(255),
    objectname character varying(255),
    objecttype character varying(255),
    searchstring character varying(4000),
    creationdate bigint NOT NULL
);

CREATE TABLE audit_affected_object (
    id bigint NOT NULL,
    name character varying(255),
    type character varying(255),
    auditrecordid bigint
);

CREATE TABLE audit_changed_value (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    oldvalue character varying(255),
    newvalue character varying(255),
    auditrecordid bigint
);

-- collaborative-editing events
CREATE TABLE "EVENTS" (
    rev character varying(255) NOT NULL,
    history character varying(255) NOT NULL,
    partition integer NOT NULL,
    sequence integer NOT NULL,
    event bytea,
    contentid bigint NOT NULL,
    inserted timestamp without time zone NOT NULL
);

CREATE TABLE "SECRETS" (
    key character varying(255) NOT NULL,
    value character varying(256) NOT NULL
);

CREATE TABLE "SNAPSHOTS" (
    key character varying(255) NOT NULL,
    value bytea NOT NULL,
    contentid bigint NOT NULL,
    inserted timestamp without time zone NOT NULL
);

-- derived data, rebuilt by Confluence
CREATE TABLE denormalised_content (
    id bigint NOT NULL,
    space_id bigint,
    parent_id bigint,
    title character varying(255),
    "position" integer,
    status integer NOT NULL,
    creation_date timestamp without time zone,
    last_modification_date timestamp without time zone
);

CREATE SEQUENCE denormalised_content_change_log_id_seq;
CREATE TABLE denormalised_content_change_log (
    id bigint DEFAULT nextval('denormalised_content_change_log_id_seq'::regclass) NOT NULL,
    content_id bigint,
    cps_id bigint
);
ALTER SEQUENCE denormalised_content_change_log_id_seq OWNED BY denormalised_content_change_log.id;

CREATE TABLE denormalised_content_view_permissions (
    sid_id bigint NOT NULL,
    content_id bigint NOT NULL
);

CREATE TABLE denormalised_service_lock (
    lock_name character varying(100) NOT NULL
);

CREATE TABLE denormalised_sid (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    type integer NOT NULL
);

CREATE SEQUENCE denormalised_space_change_log_id_seq;
CREATE TABLE denormalised_space_change_log (
    id bigint DEFAULT nextval('denormalised_space_change_log_id_seq'::regclass) NOT NULL,
    space_id bigint
);
ALTER SEQUENCE denormalised_space_change_log_id_seq OWNED BY denormalised_space_change_log.id;

CREATE TABLE denormalised_space_edit_permissions (
    sid_id bigint NOT NULL,
    space_id bigint NOT NULL
);

CREATE TABLE denormalised_space_view_permissions (
    sid_id bigint NOT NULL,
    space_id bigint NOT NULL
);

CREATE TABLE denormalised_state (
    service_type character varying(255) NOT NULL,
    state character varying(255),
    last_up_to_date_timestamp bigint
);

CREATE TABLE denormalised_state_change_log (
    id bigint NOT NULL,
    message character varying(1023),
    message_level character varying(255),
    "timestamp" bigint
);

-- site guardrails
CREATE TABLE gr_response_group (
    id character varying(255) NOT NULL,
    jobid character varying(255) NOT NULL,
    nodeid character varying(255) NOT NULL,
    starttimestamp bigint,
    endtimestamp bigint
);

CREATE TABLE guardrails_response (
    id character varying(255) NOT NULL,
    guardrailsresponse text,
    guardrailsresponsetype character varying(255),
    queryid character varying(255) NOT NULL,
    responsegroupid character varying(255),
    success boolean NOT NULL,
    querycomplexity character varying(255),
    querystatus character varying(255)
);

-- an empty copy of keystore that real sites have
CREATE TABLE thiswillnotbecreated (
    keyid bigint NOT NULL,
    alias character varying(255) NOT NULL,
    type character varying(32) NOT NULL,
    algorithm character varying(32) NOT NULL,
    keyspec text NOT NULL
);

-- space sidebar shortcuts (confluence-space-ia); the ao id has a serial-like sequence
CREATE SEQUENCE "AO_187CCC_SIDEBAR_LINK_ID_seq" AS integer;
CREATE TABLE "AO_187CCC_SIDEBAR_LINK" (
    "CATEGORY" character varying(255),
    "CUSTOM_ICON_CLASS" character varying(255),
    "CUSTOM_TITLE" character varying(255),
    "DEST_PAGE_ID" bigint DEFAULT 0,
    "HARDCODED_URL" character varying(255),
    "HIDDEN" boolean,
    "ID" integer DEFAULT nextval('"AO_187CCC_SIDEBAR_LINK_ID_seq"'::regclass) NOT NULL,
    "POSITION" integer DEFAULT 0,
    "SPACE_KEY" character varying(255),
    "TYPE" character varying(255),
    "WEB_ITEM_KEY" character varying(255)
);
ALTER SEQUENCE "AO_187CCC_SIDEBAR_LINK_ID_seq" OWNED BY "AO_187CCC_SIDEBAR_LINK"."ID";

-- inline tasks
CREATE SEQUENCE "AO_BAF3AA_AOINLINE_TASK_GLOBAL_ID_seq";
CREATE TABLE "AO_BAF3AA_AOINLINE_TASK" (
    "ASSIGNEE_USER_KEY" character varying(255),
    "BODY" text,
    "COMPLETE_DATE" timestamp without time zone,
    "COMPLETE_USER_KEY" character varying(255),
    "CONTENT_ID" bigint DEFAULT 0,
    "CREATE_DATE" timestamp without time zone,
    "CREATOR_USER_KEY" character varying(255),
    "DUE_DATE" timestamp without time zone,
    "GLOBAL_ID" bigint DEFAULT nextval('"AO_BAF3AA_AOINLINE_TASK_GLOBAL_ID_seq"'::regclass) NOT NULL,
    "ID" bigint DEFAULT 0,
    "TASK_STATUS" character varying(255),
    "UPDATE_DATE" timestamp without time zone
);
ALTER SEQUENCE "AO_BAF3AA_AOINLINE_TASK_GLOBAL_ID_seq" OWNED BY "AO_BAF3AA_AOINLINE_TASK"."GLOBAL_ID";

-- allowlist
CREATE SEQUENCE "AO_21D670_WHITELIST_RULES_ID_seq" AS integer;
CREATE TABLE "AO_21D670_WHITELIST_RULES" (
    "ALLOWINBOUND" boolean,
    "AUTHENTICATIONREQUIRED" boolean DEFAULT false NOT NULL,
    "EXPRESSION" text NOT NULL,
    "ID" integer DEFAULT nextval('"AO_21D670_WHITELIST_RULES_ID_seq"'::regclass) NOT NULL,
    "TYPE" character varying(255) NOT NULL
);
ALTER SEQUENCE "AO_21D670_WHITELIST_RULES_ID_seq" OWNED BY "AO_21D670_WHITELIST_RULES"."ID";

-- the only stand-alone sequence of the core schema (journalentry.entry_id); all other ids come from hibernate_unique_key
CREATE SEQUENCE seq_journal_entry_id;

-- Primary keys and unique constraints
ALTER TABLE ONLY content ADD CONSTRAINT content_pkey PRIMARY KEY (contentid);
ALTER TABLE ONLY bodycontent ADD CONSTRAINT bodycontent_pkey PRIMARY KEY (bodycontentid);
ALTER TABLE ONLY spaces ADD CONSTRAINT spaces_pkey PRIMARY KEY (spaceid);
ALTER TABLE ONLY spaces ADD CONSTRAINT uk_jp1ad5yufsih5r7lqrygakpug UNIQUE (spacekey);
ALTER TABLE ONLY contentproperties ADD CONSTRAINT contentproperties_pkey PRIMARY KEY (propertyid);
ALTER TABLE ONLY confancestors ADD CONSTRAINT confancestors_pkey PRIMARY KEY (descendentid, ancestorposition);
ALTER TABLE ONLY attachmentdata ADD CONSTRAINT attachmentdata_pkey PRIMARY KEY (attachmentdataid);
ALTER TABLE ONLY attachmentdata ADD CONSTRAINT uk_mxrudo8qrpxb7w28dnoo64aec UNIQUE (attachmentid);
ALTER TABLE ONLY imagedetails ADD CONSTRAINT imagedetails_pkey PRIMARY KEY (attachmentid);
ALTER TABLE ONLY label ADD CONSTRAINT label_pkey PRIMARY KEY (labelid);
ALTER TABLE ONLY content_label ADD CONSTRAINT content_label_pkey PRIMARY KEY (id);
ALTER TABLE ONLY pagetemplates ADD CONSTRAINT pagetemplates_pkey PRIMARY KEY (templateid);
ALTER TABLE ONLY links ADD CONSTRAINT links_pkey PRIMARY KEY (linkid);
ALTER TABLE ONLY notifications ADD CONSTRAINT notifications_pkey PRIMARY KEY (notificationid);
ALTER TABLE ONLY likes ADD CONSTRAINT likes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY content_perm_set ADD CONSTRAINT content_perm_set_pkey PRIMARY KEY (id);
ALTER TABLE ONLY content_perm_set ADD CONSTRAINT cps_unique_type UNIQUE (content_id, cont_perm_type);
ALTER TABLE ONLY content_perm ADD CONSTRAINT content_perm_pkey PRIMARY KEY (id);
ALTER TABLE ONLY content_perm ADD CONSTRAINT cp_unique_group UNIQUE (cps_id, cp_type, groupname);
ALTER TABLE ONLY content_perm ADD CONSTRAINT cp_unique_user UNIQUE (cps_id, cp_type, username);
ALTER TABLE ONLY spacepermissions ADD CONSTRAINT spacepermissions_pkey PRIMARY KEY (permid);
ALTER TABLE ONLY content_relation ADD CONSTRAINT content_relation_pkey PRIMARY KEY (relationid);
ALTER TABLE ONLY content_relation ADD CONSTRAINT c2c_relation_unique UNIQUE (targetcontentid, sourcecontentid, relationname);
ALTER TABLE ONLY usercontent_relation ADD CONSTRAINT usercontent_relation_pkey PRIMARY KEY (relationid);
ALTER TABLE ONLY usercontent_relation ADD CONSTRAINT u2c_relation_unique UNIQUE (targetcontentid, sourceuser, relationname);
ALTER TABLE ONLY user_relation ADD CONSTRAINT user_relation_pkey PRIMARY KEY (relationid);
ALTER TABLE ONLY user_relation ADD CONSTRAINT u2u_relation_unique UNIQUE (sourceuser, targetuser, relationname);
ALTER TABLE ONLY follow_connections ADD CONSTRAINT follow_connections_pkey PRIMARY KEY (connectionid);
ALTER TABLE ONLY user_mapping ADD CONSTRAINT user_mapping_pkey PRIMARY KEY (user_key);
ALTER TABLE ONLY user_mapping ADD CONSTRAINT unq_lwr_username UNIQUE (lower_username);
ALTER TABLE ONLY logininfo ADD CONSTRAINT logininfo_pkey PRIMARY KEY (id);
ALTER TABLE ONLY logininfo ADD CONSTRAINT uk_cxh64nyrevdya903riaky8hs0 UNIQUE (username);
ALTER TABLE ONLY remembermetoken ADD CONSTRAINT remembermetoken_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_directory ADD CONSTRAINT cwd_directory_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_directory ADD CONSTRAINT uk_ojmqo7ksu5dlpaqs0b9qf0k37 UNIQUE (lower_directory_name);
ALTER TABLE ONLY cwd_directory_attribute ADD CONSTRAINT cwd_directory_attribute_pkey PRIMARY KEY (directory_id, attribute_name);
ALTER TABLE ONLY cwd_directory_operation ADD CONSTRAINT cwd_directory_operation_pkey PRIMARY KEY (directory_id, operation_type);
ALTER TABLE ONLY cwd_application ADD CONSTRAINT cwd_application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_application ADD CONSTRAINT uk_esg7ywl12bt4wt5h1ka27m6u3 UNIQUE (lower_application_name);
ALTER TABLE ONLY cwd_application_address ADD CONSTRAINT cwd_application_address_pkey PRIMARY KEY (application_id, remote_address);
ALTER TABLE ONLY cwd_application_attribute ADD CONSTRAINT cwd_application_attribute_pkey PRIMARY KEY (application_id, attribute_name);
ALTER TABLE ONLY cwd_app_dir_mapping ADD CONSTRAINT cwd_app_dir_mapping_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_app_dir_group_mapping ADD CONSTRAINT cwd_app_dir_group_mapping_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_app_dir_operation ADD CONSTRAINT cwd_app_dir_operation_pkey PRIMARY KEY (app_dir_mapping_id, operation_type);
ALTER TABLE ONLY cwd_user ADD CONSTRAINT cwd_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_user ADD CONSTRAINT cwd_user_name_dir_id UNIQUE (lower_user_name, directory_id);
ALTER TABLE ONLY cwd_user_attribute ADD CONSTRAINT cwd_user_attribute_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_user_attribute ADD CONSTRAINT cwd_unique_usr_attr UNIQUE (directory_id, user_id, attribute_name, attribute_lower_value);
ALTER TABLE ONLY cwd_user_credential_record ADD CONSTRAINT cwd_user_credential_record_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_group ADD CONSTRAINT cwd_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_group ADD CONSTRAINT cwd_group_name_dir_id UNIQUE (lower_group_name, directory_id);
ALTER TABLE ONLY cwd_group_attribute ADD CONSTRAINT cwd_group_attribute_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_group_attribute ADD CONSTRAINT cwd_unique_grp_attr UNIQUE (directory_id, group_id, attribute_name, attribute_lower_value);
ALTER TABLE ONLY cwd_membership ADD CONSTRAINT cwd_membership_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_membership ADD CONSTRAINT cwd_unique_group_membership UNIQUE (parent_id, child_group_id);
ALTER TABLE ONLY cwd_membership ADD CONSTRAINT cwd_unique_user_membership UNIQUE (parent_id, child_user_id);
ALTER TABLE ONLY cwd_synchronisation_status ADD CONSTRAINT cwd_synchronisation_status_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cwd_synchronisation_token ADD CONSTRAINT cwd_synchronisation_token_pkey PRIMARY KEY (directory_id);
ALTER TABLE ONLY cwd_tombstone ADD CONSTRAINT cwd_tombstone_pkey PRIMARY KEY (id);
ALTER TABLE ONLY bandana ADD CONSTRAINT bandana_pkey PRIMARY KEY (bandanaid);
ALTER TABLE ONLY bandana ADD CONSTRAINT bandana_unique_key UNIQUE (bandanacontext, bandanakey);
ALTER TABLE ONLY os_propertyentry ADD CONSTRAINT os_propertyentry_pkey PRIMARY KEY (entity_name, entity_id, entity_key);
ALTER TABLE ONLY plugindata ADD CONSTRAINT plugindata_pkey PRIMARY KEY (plugindataid);
ALTER TABLE ONLY plugindata ADD CONSTRAINT uk_6i3f2odnxreeous9k1baxbc0a UNIQUE (pluginkey);
ALTER TABLE ONLY plugindata ADD CONSTRAINT uk_dg9b9idpgjdj5ljfmnld9lshn UNIQUE (filename);
ALTER TABLE ONLY decorator ADD CONSTRAINT decorator_pkey PRIMARY KEY (decoratorid);
ALTER TABLE ONLY keystore ADD CONSTRAINT keystore_pkey PRIMARY KEY (keyid);
ALTER TABLE ONLY trustedapp ADD CONSTRAINT trustedapp_pkey PRIMARY KEY (trustedappid);
ALTER TABLE ONLY trustedapp ADD CONSTRAINT uk_f48dl9nadsqeudry5cyura0du UNIQUE (name);
ALTER TABLE ONLY trustedapp ADD CONSTRAINT uk_mqknjsql47jf4ue5kn4sdtbj0 UNIQUE (public_key_id);
ALTER TABLE ONLY trustedapprestriction ADD CONSTRAINT trustedapprestriction_pkey PRIMARY KEY (trustedapprestrictionid);
ALTER TABLE ONLY confversion ADD CONSTRAINT confversion_pkey PRIMARY KEY (confversionid);
ALTER TABLE ONLY confversion ADD CONSTRAINT uk_osprt1myxoltvtd8yodb0besm UNIQUE (buildnumber);
ALTER TABLE ONLY confzdu ADD CONSTRAINT confzdu_pkey PRIMARY KEY (confzduid);
ALTER TABLE ONLY clustersafety ADD CONSTRAINT clustersafety_pkey PRIMARY KEY (clustersafetyid);
ALTER TABLE ONLY journalentry ADD CONSTRAINT journalentry_pkey PRIMARY KEY (entry_id);
ALTER TABLE ONLY scheduler_clustered_jobs ADD CONSTRAINT scheduler_clustered_jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY scheduler_clustered_jobs ADD CONSTRAINT uk_h41yn0carypy2jdlo4oapqo7m UNIQUE (job_id);
ALTER TABLE ONLY scheduler_run_details ADD CONSTRAINT scheduler_run_details_pkey PRIMARY KEY (id);
ALTER TABLE ONLY background_job ADD CONSTRAINT background_job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY background_job_archived ADD CONSTRAINT background_job_archived_pkey PRIMARY KEY (id);
ALTER TABLE ONLY backup_restore_job_details ADD CONSTRAINT backup_restore_job_details_pkey PRIMARY KEY (id);
ALTER TABLE ONLY backup_restore_job_settings ADD CONSTRAINT backup_restore_job_settings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY backup_restore_job_statistics ADD CONSTRAINT backup_restore_job_statistics_pkey PRIMARY KEY (id);
ALTER TABLE ONLY most_used_labels_cache ADD CONSTRAINT most_used_labels_cache_pkey PRIMARY KEY (spaceid);
ALTER TABLE ONLY diagnostics_alerts ADD CONSTRAINT diagnostics_alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY auditrecord ADD CONSTRAINT auditrecord_pkey PRIMARY KEY (auditrecordid);
ALTER TABLE ONLY audit_affected_object ADD CONSTRAINT audit_affected_object_pkey PRIMARY KEY (id);
ALTER TABLE ONLY audit_changed_value ADD CONSTRAINT audit_changed_value_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "EVENTS" ADD CONSTRAINT "EVENTS_pkey" PRIMARY KEY (rev, history);
ALTER TABLE ONLY "SECRETS" ADD CONSTRAINT "SECRETS_pkey" PRIMARY KEY (key);
ALTER TABLE ONLY "SNAPSHOTS" ADD CONSTRAINT "SNAPSHOTS_pkey" PRIMARY KEY (key);
ALTER TABLE ONLY denormalised_content ADD CONSTRAINT denormalised_content_pkey PRIMARY KEY (id);
ALTER TABLE ONLY denormalised_content_change_log ADD CONSTRAINT denormalised_content_change_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY denormalised_content_view_permissions ADD CONSTRAINT denormalised_content_view_permissions_pkey PRIMARY KEY (sid_id, content_id);
ALTER TABLE ONLY denormalised_service_lock ADD CONSTRAINT denormalised_service_lock_pkey PRIMARY KEY (lock_name);
ALTER TABLE ONLY denormalised_sid ADD CONSTRAINT denormalised_sid_pkey PRIMARY KEY (id);
ALTER TABLE ONLY denormalised_space_change_log ADD CONSTRAINT denormalised_space_change_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY denormalised_space_edit_permissions ADD CONSTRAINT denormalised_space_edit_permissions_pkey PRIMARY KEY (sid_id, space_id);
ALTER TABLE ONLY denormalised_space_view_permissions ADD CONSTRAINT denormalised_space_view_permissions_pkey PRIMARY KEY (sid_id, space_id);
ALTER TABLE ONLY denormalised_state ADD CONSTRAINT denormalised_state_pkey PRIMARY KEY (service_type);
ALTER TABLE ONLY denormalised_state_change_log ADD CONSTRAINT denormalised_state_change_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gr_response_group ADD CONSTRAINT gr_response_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY guardrails_response ADD CONSTRAINT guardrails_response_pkey PRIMARY KEY (id);
ALTER TABLE ONLY thiswillnotbecreated ADD CONSTRAINT thiswillnotbecreated_pkey PRIMARY KEY (keyid);
ALTER TABLE ONLY "AO_187CCC_SIDEBAR_LINK" ADD CONSTRAINT "AO_187CCC_SIDEBAR_LINK_pkey" PRIMARY KEY ("ID");
ALTER TABLE ONLY "AO_BAF3AA_AOINLINE_TASK" ADD CONSTRAINT "AO_BAF3AA_AOINLINE_TASK_pkey" PRIMARY KEY ("GLOBAL_ID");
ALTER TABLE ONLY "AO_21D670_WHITELIST_RULES" ADD CONSTRAINT "AO_21D670_WHITELIST_RULES_pkey" PRIMARY KEY ("ID");

-- Indexes
CREATE INDEX c_creator_idx ON content USING btree (creator);
CREATE INDEX c_draftpageid_idx ON content USING btree (draftpageid);
CREATE INDEX c_drafttype_idx ON content USING btree (drafttype);
CREATE INDEX c_lastmodifier_idx ON content USING btree (lastmodifier);
CREATE INDEX c_ltitle_idx ON content USING btree (lowertitle);
CREATE INDEX c_pageid_idx ON content USING btree (pageid);
CREATE INDEX c_parentccid_idx ON content USING btree (parentccid);
CREATE INDEX c_parentcommid_idx ON content USING btree (parentcommentid);
CREATE INDEX c_parentid_idx ON content USING btree (parentid);
CREATE INDEX c_prevver_idx ON content USING btree (prevver);
CREATE INDEX c_si_ct_pv_cs_cd_idx ON content USING btree (spaceid, contenttype, prevver, content_status, creationdate);
CREATE INDEX c_spaceid_idx ON content USING btree (spaceid);
CREATE INDEX c_title_idx ON content USING btree (title);
CREATE INDEX c_username_idx ON content USING btree (username);
CREATE INDEX body_content_idx ON bodycontent USING btree (contentid);
CREATE INDEX s_creationdate_idx ON spaces USING btree (creationdate);
CREATE INDEX s_creator_idx ON spaces USING btree (creator);
CREATE INDEX s_homepage_idx ON spaces USING btree (homepage);
CREATE INDEX s_lastmodifier_idx ON spaces USING btree (lastmodifier);
CREATE INDEX s_lspacekey_idx ON spaces USING btree (lowerspacekey);
CREATE INDEX s_spacedescid_idx ON spaces USING btree (spacedescid);
CREATE INDEX s_spacestatus_idx ON spaces USING btree (spacestatus);
CREATE INDEX c_contentproperties_idx ON contentproperties USING btree (contentid);
CREATE INDEX content_prop_date_idx ON contentproperties USING btree (dateval);
CREATE INDEX content_prop_long_idx ON contentproperties USING btree (longval);
CREATE INDEX content_prop_name_idx ON contentproperties USING btree (propertyname);
CREATE INDEX content_prop_str_idx ON contentproperties USING btree (stringval);
CREATE INDEX c_ancestorid_idx ON confancestors USING btree (ancestorid);
CREATE INDEX attch_idver_idx ON attachmentdata USING btree (attversion, attachmentid);
CREATE INDEX l_name_idx ON label USING btree (name);
CREATE INDEX l_namespace_idx ON label USING btree (namespace);
CREATE INDEX l_owner_idx ON label USING btree (owner);
CREATE INDEX cl_contentid_idx ON content_label USING btree (contentid);
CREATE INDEX cl_labelable_idx ON content_label USING btree (labelableid, labelabletype);
CREATE INDEX cl_labelid_idx ON content_label USING btree (labelid);
CREATE INDEX cl_lastmoddate_idx ON content_label USING btree (lastmoddate);
CREATE INDEX cl_owner_idx ON content_label USING btree (owner);
CREATE INDEX cl_pagetemplateid_idx ON content_label USING btree (pagetemplateid);
CREATE INDEX pt_creator_idx ON pagetemplates USING btree (creator);
CREATE INDEX pt_lastmodifier_idx ON pagetemplates USING btree (lastmodifier);
CREATE INDEX pt_prevver_idx ON pagetemplates USING btree (prevver);
CREATE INDEX pt_spaceid_idx ON pagetemplates USING btree (spaceid);
CREATE INDEX l_contentid_idx ON links USING btree (contentid);
CREATE INDEX l_destpgtitle_idx ON links USING btree (destpagetitle);
CREATE INDEX l_destspacekey_idx ON links USING btree (destspacekey);
CREATE INDEX l_ldestpgtitle_idx ON links USING btree (lowerdestpagetitle);
CREATE INDEX l_ldestspacekey_idx ON links USING btree (lowerdestspacekey);
CREATE INDEX links_creator_idx ON links USING btree (creator);
CREATE INDEX links_lastmodifier_idx ON links USING btree (lastmodifier);
CREATE INDEX n_contentid_idx ON notifications USING btree (contentid);
CREATE INDEX n_creator_idx ON notifications USING btree (creator);
CREATE INDEX n_labelid_idx ON notifications USING btree (labelid);
CREATE INDEX n_lastmodifier_idx ON notifications USING btree (lastmodifier);
CREATE INDEX n_spaceid_idx ON notifications USING btree (spaceid);
CREATE INDEX n_username_idx ON notifications USING btree (username);
CREATE INDEX like_cdate_idx ON likes USING btree (creationdate);
CREATE INDEX like_cid_idx ON likes USING btree (contentid);
CREATE INDEX like_username_idx ON likes USING btree (username);
CREATE INDEX cps_content_idx ON content_perm_set USING btree (content_id);
CREATE INDEX cps_permtype_idx ON content_perm_set USING btree (cont_perm_type);
CREATE INDEX cp_creator_idx ON content_perm USING btree (creator);
CREATE INDEX cp_gn_idx ON content_perm USING btree (groupname);
CREATE INDEX cp_lastmodifier_idx ON content_perm USING btree (lastmodifier);
CREATE INDEX cp_os_idx ON content_perm USING btree (cps_id);
CREATE INDEX cp_un_idx ON content_perm USING btree (username);
CREATE INDEX sp_comp_idx ON spacepermissions USING btree (permtype, permgroupname);
CREATE INDEX sp_creator_idx ON spacepermissions USING btree (creator);
CREATE INDEX sp_lastmodifier_idx ON spacepermissions USING btree (lastmodifier);
CREATE INDEX sp_permtype_idx ON spacepermissions USING btree (permtype);
CREATE INDEX sp_pgname_idx ON spacepermissions USING btree (permgroupname);
CREATE INDEX sp_puname_idx ON spacepermissions USING btree (permusername);
CREATE INDEX sp_spaceid_idx ON spacepermissions USING btree (spaceid);
CREATE INDEX r_c2c_creator_idx ON content_relation USING btree (creator);
CREATE INDEX r_c2c_lastmodifier_idx ON content_relation USING btree (lastmodifier);
CREATE INDEX relation_c2c_cdate_idx ON content_relation USING btree (creationdate);
CREATE INDEX relation_c2c_relationname_idx ON content_relation USING btree (relationname);
CREATE INDEX relation_c2c_sourcecontent_idx ON content_relation USING btree (sourcecontentid);
CREATE INDEX relation_c2c_sourcetype_idx ON content_relation USING btree (sourcetype);
CREATE INDEX relation_c2c_targetcontent_idx ON content_relation USING btree (targetcontentid);
CREATE INDEX relation_c2c_targettype_idx ON content_relation USING btree (targettype);
CREATE INDEX r_u2c_creator_idx ON usercontent_relation USING btree (creator);
CREATE INDEX r_u2c_lastmodifier_idx ON usercontent_relation USING btree (lastmodifier);
CREATE INDEX relation_u2c_cdate_idx ON usercontent_relation USING btree (creationdate);
CREATE INDEX relation_u2c_relationname_idx ON usercontent_relation USING btree (relationname);
CREATE INDEX relation_u2c_sourceuser_idx ON usercontent_relation USING btree (sourceuser);
CREATE INDEX relation_u2c_targetcontent_idx ON usercontent_relation USING btree (targetcontentid);
CREATE INDEX relation_u2c_targettype_idx ON usercontent_relation USING btree (targettype);
CREATE INDEX r_u2u_creator_idx ON user_relation USING btree (creator);
CREATE INDEX r_u2u_lastmodifier_idx ON user_relation USING btree (lastmodifier);
CREATE INDEX relation_u2u_cdate_idx ON user_relation USING btree (creationdate);
CREATE INDEX relation_u2u_relationname_idx ON user_relation USING btree (relationname);
CREATE INDEX relation_u2u_sourceuser_idx ON user_relation USING btree (sourceuser);
CREATE INDEX relation_u2u_targetuser_idx ON user_relation USING btree (targetuser);
CREATE INDEX cn_followee_idx ON follow_connections USING btree (followee);
CREATE INDEX cn_follower_idx ON follow_connections USING btree (follower);
CREATE INDEX rmt_username_idx ON remembermetoken USING btree (username);
CREATE INDEX idx_dir_active ON cwd_directory USING btree (active);
CREATE INDEX idx_dir_l_impl_class ON cwd_directory USING btree (lower_impl_class);
CREATE INDEX idx_dir_type ON cwd_directory USING btree (directory_type);
CREATE INDEX idx_app_active ON cwd_application USING btree (active);
CREATE INDEX idx_app_type ON cwd_application USING btree (application_type);
CREATE INDEX idx_app_dir_app ON cwd_app_dir_mapping USING btree (application_id);
CREATE INDEX idx_app_dir_dir ON cwd_app_dir_mapping USING btree (directory_id);
CREATE INDEX idx_app_dir_group_app ON cwd_app_dir_group_mapping USING btree (application_id);
CREATE INDEX idx_app_dir_group_group_dir ON cwd_app_dir_group_mapping USING btree (directory_id, group_name);
CREATE INDEX idx_app_dir_group_mapping ON cwd_app_dir_group_mapping USING btree (app_dir_mapping_id);
CREATE INDEX idx_user_active ON cwd_user USING btree (active, directory_id);
CREATE INDEX idx_user_external_id ON cwd_user USING btree (external_id);
CREATE INDEX idx_user_lower_display_name ON cwd_user USING btree (lower_display_name, directory_id);
CREATE INDEX idx_user_lower_email_address ON cwd_user USING btree (lower_email_address, directory_id);
CREATE INDEX idx_user_lower_first_name ON cwd_user USING btree (lower_first_name, directory_id);
CREATE INDEX idx_user_lower_last_name ON cwd_user USING btree (lower_last_name, directory_id);
CREATE INDEX idx_user_lower_user_name ON cwd_user USING btree (lower_user_name);
CREATE INDEX idx_user_name_dir_id ON cwd_user USING btree (directory_id);
CREATE INDEX idx_user_attr_dir_name_lval ON cwd_user_attribute USING btree (directory_id, attribute_name, attribute_lower_value);
CREATE INDEX idx_user_attr_user_id ON cwd_user_attribute USING btree (user_id);
CREATE INDEX idx_user_cred_record_user_id ON cwd_user_credential_record USING btree (user_id);
CREATE INDEX idx_group_active ON cwd_group USING btree (active, directory_id);
CREATE INDEX idx_group_dir_id ON cwd_group USING btree (directory_id);
CREATE INDEX idx_group_external_id ON cwd_group USING btree (external_id);
CREATE INDEX idx_group_attr_dir_name_lval ON cwd_group_attribute USING btree (directory_id, attribute_name, attribute_lower_value);
CREATE INDEX idx_group_attr_group_id ON cwd_group_attribute USING btree (group_id);
CREATE INDEX idx_mem_dir_child ON cwd_membership USING btree (child_group_id, child_user_id);
CREATE INDEX idx_mem_dir_child_user ON cwd_membership USING btree (child_user_id);
CREATE INDEX idx_mem_dir_parent ON cwd_membership USING btree (parent_id);
CREATE INDEX idx_mem_dir_parent_child ON cwd_membership USING btree (parent_id, child_group_id, child_user_id);
CREATE INDEX idx_directory_id ON cwd_synchronisation_status USING btree (directory_id);
CREATE INDEX idx_sync_end ON cwd_synchronisation_status USING btree (sync_end);
CREATE INDEX idx_sync_status_node_id ON cwd_synchronisation_status USING btree (node_id);
CREATE INDEX idx_tombstone_type_timestamp ON cwd_tombstone USING btree (tombstone_type, tombstone_timestamp);
CREATE INDEX band_cont_key_idx ON bandana USING btree (bandanacontext, bandanakey);
CREATE INDEX band_context_idx ON bandana USING btree (bandanacontext);
CREATE INDEX ospe_entityid_idx ON os_propertyentry USING btree (entity_id);
CREATE INDEX dec_key_idx ON decorator USING btree (spacekey);
CREATE INDEX dec_name_idx ON decorator USING btree (decoratorname);
CREATE INDEX c_trustedappid_idx ON trustedapprestriction USING btree (trustedappid);
CREATE INDEX j_creationdate_idx ON journalentry USING btree (creationdate);
CREATE INDEX j_j_name_idx ON journalentry USING btree (journal_name);
CREATE INDEX job_runner_key_idx ON scheduler_clustered_jobs USING btree (job_runner_key);
CREATE INDEX next_run_time_idx ON scheduler_clustered_jobs USING btree (next_run_time);
CREATE INDEX job_id_idx ON scheduler_run_details USING btree (job_id);
CREATE INDEX job_id_start_time_idx ON scheduler_run_details USING btree (job_id, start_time);
CREATE INDEX start_time_idx ON scheduler_run_details USING btree (start_time);
CREATE INDEX start_time_outcome_idx ON scheduler_run_details USING btree (start_time, outcome);
CREATE INDEX job_run_at_idx ON background_job USING btree (run_at);
CREATE INDEX job_last_touch_time_idx ON background_job_archived USING btree (completion_time);
CREATE INDEX create_time_idx ON backup_restore_job_details USING btree (create_time);
CREATE INDEX file_state_idx ON backup_restore_job_details USING btree (file_delete_time, file_exists);
CREATE INDEX owner_idx ON backup_restore_job_details USING btree (owner);
CREATE INDEX single_space_key_idx ON backup_restore_job_details USING btree (single_space_key);
CREATE INDEX al_is_comp_id_idx ON diagnostics_alerts USING btree (issue_component_id);
CREATE INDEX al_issue_id_idx ON diagnostics_alerts USING btree (issue_id);
CREATE INDEX al_issue_severity_idx ON diagnostics_alerts USING btree (issue_severity);
CREATE INDEX al_node_name_lower_idx ON diagnostics_alerts USING btree (node_name_lower);
CREATE INDEX al_timetamp_idx ON diagnostics_alerts USING btree ("timestamp");
CREATE INDEX al_trigger_plug_key_lower_idx ON diagnostics_alerts USING btree (trigger_plugin_key_lower);
CREATE INDEX a_author_key_idx ON auditrecord USING btree (authorkey);
CREATE INDEX a_category_idx ON auditrecord USING btree (category);
CREATE INDEX a_date_idx ON auditrecord USING btree (creationdate);
CREATE INDEX a_objects_parent_index ON audit_affected_object USING btree (auditrecordid);
CREATE INDEX a_values_parent_index ON audit_changed_value USING btree (auditrecordid);
CREATE UNIQUE INDEX e_h_p_s_idx ON "EVENTS" USING btree (history, partition, sequence);
CREATE UNIQUE INDEX e_h_r_idx ON "EVENTS" USING btree (history, rev);
CREATE INDEX e_c_i_idx ON "EVENTS" USING btree (contentid, inserted);
CREATE INDEX e_i_c_idx ON "EVENTS" USING btree (inserted, contentid);
CREATE INDEX s_c_i_idx ON "SNAPSHOTS" USING btree (contentid, inserted);
CREATE INDEX s_i_c_idx ON "SNAPSHOTS" USING btree (inserted, contentid);
CREATE INDEX denorm_content_parent_id_idx ON denormalised_content USING btree (parent_id);
CREATE INDEX denorm_content_space_id_idx ON denormalised_content USING btree (space_id);
CREATE INDEX denormalised_content_view_permissions_denorm_content_sid_idx ON denormalised_content_view_permissions USING btree (content_id, sid_id);
CREATE UNIQUE INDEX denormalised_sid_name_type_uniq_idx ON denormalised_sid USING btree (name, type);
CREATE INDEX space_id_idx ON denormalised_space_change_log USING btree (space_id);
CREATE INDEX denormalised_space_edit_permissions_denorm_space_sid_idx ON denormalised_space_edit_permissions USING btree (space_id, sid_id);
CREATE INDEX denormalised_space_view_permissions_denorm_space_sid_idx ON denormalised_space_view_permissions USING btree (space_id, sid_id);
CREATE INDEX index_ao_baf3aa_aoi1066945234 ON "AO_BAF3AA_AOINLINE_TASK" USING btree ("CONTENT_ID");
CREATE INDEX index_ao_baf3aa_aoi1143751131 ON "AO_BAF3AA_AOINLINE_TASK" USING btree ("TASK_STATUS");
CREATE INDEX index_ao_baf3aa_aoi1389674752 ON "AO_BAF3AA_AOINLINE_TASK" USING btree ("CREATE_DATE");
CREATE INDEX index_ao_baf3aa_aoi1395974671 ON "AO_BAF3AA_AOINLINE_TASK" USING btree ("CREATOR_USER_KEY");
CREATE INDEX index_ao_baf3aa_aoi1978441610 ON "AO_BAF3AA_AOINLINE_TASK" USING btree ("DUE_DATE");
CREATE INDEX index_ao_baf3aa_aoi866493194 ON "AO_BAF3AA_AOINLINE_TASK" USING btree ("ASSIGNEE_USER_KEY");

-- Foreign keys, not deferrable
ALTER TABLE ONLY content ADD CONSTRAINT fkk6kbb7suqeloj82nx7xdcd803 FOREIGN KEY (prevver) REFERENCES content(contentid);
ALTER TABLE ONLY content ADD CONSTRAINT fkwjyn6091q3l1gl7bh143ma2a FOREIGN KEY (pageid) REFERENCES content(contentid);
ALTER TABLE ONLY content ADD CONSTRAINT fkoxtt893weujkyh0iicoxsm37v FOREIGN KEY (parentid) REFERENCES content(contentid);
ALTER TABLE ONLY content ADD CONSTRAINT fkfiyhka48c7e776qj90klbpm9q FOREIGN KEY (parentccid) REFERENCES content(contentid);
ALTER TABLE ONLY content ADD CONSTRAINT fkal6o8xwypd4mdgid9b9nw1q51 FOREIGN KEY (parentcommentid) REFERENCES content(contentid);
ALTER TABLE ONLY content ADD CONSTRAINT fklmweu06nft59g7mw1i1myorys FOREIGN KEY (spaceid) REFERENCES spaces(spaceid);
ALTER TABLE ONLY content ADD CONSTRAINT fk_content_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content ADD CONSTRAINT fk_content_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content ADD CONSTRAINT fk_content_username FOREIGN KEY (username) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY bodycontent ADD CONSTRAINT fkmbyiayesfp1eiq6gmol3mk3yl FOREIGN KEY (contentid) REFERENCES content(contentid);
ALTER TABLE ONLY spaces ADD CONSTRAINT fk7ndewmrl3hqcpwc8eydn9mv8j FOREIGN KEY (spacedescid) REFERENCES content(contentid);
ALTER TABLE ONLY spaces ADD CONSTRAINT fkj4cu5838aqcbw57wy7ckt0t7o FOREIGN KEY (homepage) REFERENCES content(contentid);
ALTER TABLE ONLY spaces ADD CONSTRAINT fk_spaces_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY spaces ADD CONSTRAINT fk_spaces_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY contentproperties ADD CONSTRAINT fk3fly21xfk13rqh63txw2t6k2v FOREIGN KEY (contentid) REFERENCES content(contentid);
ALTER TABLE ONLY confancestors ADD CONSTRAINT fklmhsipswol8imeqsg906ih62x FOREIGN KEY (descendentid) REFERENCES content(contentid);
ALTER TABLE ONLY confancestors ADD CONSTRAINT fksqb1af9h7fvqtgy73o8jdcuue FOREIGN KEY (ancestorid) REFERENCES content(contentid);
ALTER TABLE ONLY attachmentdata ADD CONSTRAINT fkjnh4yvwen0176qsvh4rpsry2j FOREIGN KEY (attachmentid) REFERENCES content(contentid);
ALTER TABLE ONLY imagedetails ADD CONSTRAINT fk2301qiciuq6sc32jaj8tysg3s FOREIGN KEY (attachmentid) REFERENCES content(contentid);
ALTER TABLE ONLY label ADD CONSTRAINT fk_label_owner FOREIGN KEY (owner) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content_label ADD CONSTRAINT fk91v3v5nemr532qq4gla9sj9tf FOREIGN KEY (labelid) REFERENCES label(labelid);
ALTER TABLE ONLY content_label ADD CONSTRAINT fki8cvahsu6d2y285vtrp4nhc3w FOREIGN KEY (contentid) REFERENCES content(contentid);
ALTER TABLE ONLY content_label ADD CONSTRAINT fk28kifokt21qd9ges0q0wv0fb9 FOREIGN KEY (pagetemplateid) REFERENCES pagetemplates(templateid);
ALTER TABLE ONLY content_label ADD CONSTRAINT fk_content_label_owner FOREIGN KEY (owner) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY pagetemplates ADD CONSTRAINT fk18a1d37pvq2o9hu5x3tps97mx FOREIGN KEY (spaceid) REFERENCES spaces(spaceid);
ALTER TABLE ONLY pagetemplates ADD CONSTRAINT fk4wgwy1dqci8rcwad4tnqbglt8 FOREIGN KEY (prevver) REFERENCES pagetemplates(templateid);
ALTER TABLE ONLY pagetemplates ADD CONSTRAINT fk_pagetemplates_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY pagetemplates ADD CONSTRAINT fk_pagetemplates_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY links ADD CONSTRAINT fkn8mycko8frerne7brh5nr1csr FOREIGN KEY (contentid) REFERENCES content(contentid);
ALTER TABLE ONLY links ADD CONSTRAINT fk_links_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY links ADD CONSTRAINT fk_links_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY notifications ADD CONSTRAINT fk_notifications_content FOREIGN KEY (contentid) REFERENCES content(contentid);
ALTER TABLE ONLY notifications ADD CONSTRAINT fk4tccrjamrjvmd2aogl3hklpfj FOREIGN KEY (labelid) REFERENCES label(labelid);
ALTER TABLE ONLY notifications ADD CONSTRAINT fkmqe1phe52xwqc4hk4ib8p9eh6 FOREIGN KEY (spaceid) REFERENCES spaces(spaceid);
ALTER TABLE ONLY notifications ADD CONSTRAINT fk_notifications_username FOREIGN KEY (username) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY notifications ADD CONSTRAINT fk_notifications_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY notifications ADD CONSTRAINT fk_notifications_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY likes ADD CONSTRAINT fkbdoiwi70i7o3tc7hpbu4vnlmy FOREIGN KEY (contentid) REFERENCES content(contentid);
ALTER TABLE ONLY likes ADD CONSTRAINT fk_likes_username FOREIGN KEY (username) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content_perm_set ADD CONSTRAINT fk2buunk1hor0i3k0m3nt03hw1w FOREIGN KEY (content_id) REFERENCES content(contentid);
ALTER TABLE ONLY content_perm ADD CONSTRAINT fkde5wl1cur1se9281gc0dsawtb FOREIGN KEY (cps_id) REFERENCES content_perm_set(id);
ALTER TABLE ONLY content_perm ADD CONSTRAINT fk_content_perm_username FOREIGN KEY (username) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content_perm ADD CONSTRAINT fk_content_perm_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content_perm ADD CONSTRAINT fk_content_perm_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY spacepermissions ADD CONSTRAINT fkbi3x723m8fbgoko3s84f9oddl FOREIGN KEY (spaceid) REFERENCES spaces(spaceid);
ALTER TABLE ONLY spacepermissions ADD CONSTRAINT fk_spacepermissions_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY spacepermissions ADD CONSTRAINT fk_spacepermissions_lastmodifi FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY spacepermissions ADD CONSTRAINT fk_spacepermissions_permuserna FOREIGN KEY (permusername) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content_relation ADD CONSTRAINT fkipr00838mkln699cimd7rg17x FOREIGN KEY (targetcontentid) REFERENCES content(contentid);
ALTER TABLE ONLY content_relation ADD CONSTRAINT fke2a00urqyxmyaj3jop48ub8qd FOREIGN KEY (sourcecontentid) REFERENCES content(contentid);
ALTER TABLE ONLY content_relation ADD CONSTRAINT fk_c2crelation_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY content_relation ADD CONSTRAINT fk_c2crelation_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY usercontent_relation ADD CONSTRAINT fkpwgl85a266iie5i0adu8bdbcv FOREIGN KEY (targetcontentid) REFERENCES content(contentid);
ALTER TABLE ONLY usercontent_relation ADD CONSTRAINT fk_relation_u2cuser FOREIGN KEY (sourceuser) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY usercontent_relation ADD CONSTRAINT fk_u2crelation_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY usercontent_relation ADD CONSTRAINT fk_u2crelation_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY user_relation ADD CONSTRAINT fk_relation_u2ususer FOREIGN KEY (sourceuser) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY user_relation ADD CONSTRAINT fk_relation_u2utuser FOREIGN KEY (targetuser) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY user_relation ADD CONSTRAINT fk_u2urelation_creator FOREIGN KEY (creator) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY user_relation ADD CONSTRAINT fk_u2urelation_lastmodifier FOREIGN KEY (lastmodifier) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY follow_connections ADD CONSTRAINT fk_follow_connections_follower FOREIGN KEY (follower) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY follow_connections ADD CONSTRAINT fk_follow_connections_followee FOREIGN KEY (followee) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY logininfo ADD CONSTRAINT fk_logininfo_username FOREIGN KEY (username) REFERENCES user_mapping(user_key);
ALTER TABLE ONLY cwd_directory_attribute ADD CONSTRAINT fk_directory_attribute FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_directory_operation ADD CONSTRAINT fk_directory_operation FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_application_address ADD CONSTRAINT fk_application_address FOREIGN KEY (application_id) REFERENCES cwd_application(id);
ALTER TABLE ONLY cwd_application_attribute ADD CONSTRAINT fk_application_attribute FOREIGN KEY (application_id) REFERENCES cwd_application(id);
ALTER TABLE ONLY cwd_app_dir_mapping ADD CONSTRAINT fkstekj41875rgsw8otffrayhpl FOREIGN KEY (application_id) REFERENCES cwd_application(id);
ALTER TABLE ONLY cwd_app_dir_mapping ADD CONSTRAINT fk_app_dir_dir FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_app_dir_group_mapping ADD CONSTRAINT fk_app_dir_group_app FOREIGN KEY (application_id) REFERENCES cwd_application(id);
ALTER TABLE ONLY cwd_app_dir_group_mapping ADD CONSTRAINT fk_app_dir_group_dir FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_app_dir_group_mapping ADD CONSTRAINT fk_app_dir_group_mapping FOREIGN KEY (app_dir_mapping_id) REFERENCES cwd_app_dir_mapping(id);
ALTER TABLE ONLY cwd_app_dir_operation ADD CONSTRAINT fk_app_dir_mapping FOREIGN KEY (app_dir_mapping_id) REFERENCES cwd_app_dir_mapping(id);
ALTER TABLE ONLY cwd_user ADD CONSTRAINT fk_user_dir_id FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_user_attribute ADD CONSTRAINT fk_user_attr_dir_id FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_user_attribute ADD CONSTRAINT fk_user_attribute_id_user_id FOREIGN KEY (user_id) REFERENCES cwd_user(id);
ALTER TABLE ONLY cwd_user_credential_record ADD CONSTRAINT fk2rfdh2ap00b8mholdsy1b785b FOREIGN KEY (user_id) REFERENCES cwd_user(id);
ALTER TABLE ONLY cwd_group ADD CONSTRAINT fk_directory_id FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_group_attribute ADD CONSTRAINT fk_group_attr_dir_id FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_group_attribute ADD CONSTRAINT fk_group_attr_id_group_id FOREIGN KEY (group_id) REFERENCES cwd_group(id);
ALTER TABLE ONLY cwd_membership ADD CONSTRAINT fk_parent_grp FOREIGN KEY (parent_id) REFERENCES cwd_group(id);
ALTER TABLE ONLY cwd_membership ADD CONSTRAINT fk_child_grp FOREIGN KEY (child_group_id) REFERENCES cwd_group(id);
ALTER TABLE ONLY cwd_membership ADD CONSTRAINT fk_child_user FOREIGN KEY (child_user_id) REFERENCES cwd_user(id);
ALTER TABLE ONLY cwd_synchronisation_status ADD CONSTRAINT fk_sync_status_dir FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY cwd_synchronisation_token ADD CONSTRAINT fk_sync_token_dir FOREIGN KEY (directory_id) REFERENCES cwd_directory(id);
ALTER TABLE ONLY trustedapp ADD CONSTRAINT fkm7n581y7groa49tygapkmnfiv FOREIGN KEY (public_key_id) REFERENCES keystore(keyid);
ALTER TABLE ONLY trustedapprestriction ADD CONSTRAINT fkjofk5643721eftow3njwr73aa FOREIGN KEY (trustedappid) REFERENCES trustedapp(trustedappid);
ALTER TABLE ONLY audit_affected_object ADD CONSTRAINT fk_affected_object_record FOREIGN KEY (auditrecordid) REFERENCES auditrecord(auditrecordid);
ALTER TABLE ONLY audit_changed_value ADD CONSTRAINT fk_changed_value_record FOREIGN KEY (auditrecordid) REFERENCES auditrecord(auditrecordid);

-- Triggers of the denormalised permissions: functions that do nothing while that service is off
CREATE FUNCTION content_function_for_denormalised_permissions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER denormalised_content_trigger_on_delete AFTER DELETE ON content FOR EACH ROW EXECUTE FUNCTION content_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_content_trigger_on_insert AFTER INSERT ON content FOR EACH ROW EXECUTE FUNCTION content_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_content_trigger_on_update AFTER UPDATE ON content FOR EACH ROW EXECUTE FUNCTION content_function_for_denormalised_permissions();
CREATE FUNCTION content_permission_function_for_denormalised_permissions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER denormalised_content_permission_trigger_on_delete AFTER DELETE ON content_perm FOR EACH ROW EXECUTE FUNCTION content_permission_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_content_permission_trigger_on_insert AFTER INSERT ON content_perm FOR EACH ROW EXECUTE FUNCTION content_permission_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_content_permission_trigger_on_update AFTER UPDATE ON content_perm FOR EACH ROW EXECUTE FUNCTION content_permission_function_for_denormalised_permissions();
CREATE FUNCTION content_perm_set_function_for_denormalised_permissions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER denormalised_content_perm_set_trigger_on_delete AFTER DELETE ON content_perm_set FOR EACH ROW EXECUTE FUNCTION content_perm_set_function_for_denormalised_permissions();
CREATE FUNCTION space_function_for_denormalised_permissions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER denormalised_space_trigger_on_delete AFTER DELETE ON spaces FOR EACH ROW EXECUTE FUNCTION space_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_space_trigger_on_insert AFTER INSERT ON spaces FOR EACH ROW EXECUTE FUNCTION space_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_space_trigger_on_update AFTER UPDATE ON spaces FOR EACH ROW EXECUTE FUNCTION space_function_for_denormalised_permissions();
CREATE FUNCTION space_permission_function_for_denormalised_permissions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER denormalised_space_permission_trigger_on_delete AFTER DELETE ON spacepermissions FOR EACH ROW EXECUTE FUNCTION space_permission_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_space_permission_trigger_on_insert AFTER INSERT ON spacepermissions FOR EACH ROW EXECUTE FUNCTION space_permission_function_for_denormalised_permissions();
CREATE TRIGGER denormalised_space_permission_trigger_on_update AFTER UPDATE ON spacepermissions FOR EACH ROW EXECUTE FUNCTION space_permission_function_for_denormalised_permissions();
