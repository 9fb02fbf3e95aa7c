/**
 * The words that a generated site is written in. `subjects` and `kinds` make titles ("Payment gateway runbook"); the frequent words and they
 * open the vocabulary of bodies, made-up words of the script's syllables fill it. All lower case, no word twice in a list.
 */
export interface ScriptWords {
  script: string;
  frequent: string[];
  subjects: string[];
  kinds: string[];
  /** Real words that come seldom. */
  rare?: string[];
  /** Parts of made-up words: one of each list, the last two as often as the word is long. */
  syllables: { first: string[]; next: string[]; last: string[] };
  rightToLeft?: boolean;
}

const list = (words: string) => words.split(' ');

/** The syllables of Hangul: 19 initials, 21 vowels, without a final. */
const hangul = Array.from({ length: 19 * 7 }, (_, i) => String.fromCodePoint(0xac00 + (i % 19) * 588 + Math.floor(i / 19) * 84));
const han = [
  ...'人大中上下日月年时分工作项目系统数据部门会议计划报告管理服务网络安全测试开发设计用户需求问题方案流程标准文档更新版本发布客户产品质量成本预算培训知识技术支持运行维护监控备份恢复',
];

export const latin: ScriptWords = {
  script: 'Latin',
  frequent: list(
    'the of and to in is for that on with as are be this by it from at or not an we have can will which all should if when only has each than may their our was between after before more into these must no one new where you your how out been other most any who also its they then but per while both during via',
  ),
  subjects: list(
    'access account alert archive audit backend backup billing branding browser budget build cache calendar capacity catalog checkout cloud cluster compliance contract customer dashboard database delivery deployment design desktop directory disaster discovery email employee endpoint event export facility feature feedback finance firewall fleet forecast gateway governance hardware hiring identity import incident infrastructure integration intranet inventory invoice kernel kubernetes latency ledger licence localisation logging logistics marketing messaging metadata metrics migration mobile monitoring network notification office onboarding partner password payment payroll performance pipeline platform portal pricing printer privacy procurement product project quality recovery release reporting retention revenue roadmap sales sandbox schema search security server shipping staging storage supplier support telemetry testing tooling training translation travel upgrade vendor warehouse workflow workspace',
  ),
  kinds: list(
    'agenda architecture assessment briefing charter checklist comparison concept decisions evaluation faq forum glossary guide guidelines handbook howto ideas inventory journal kickoff lessons manual meeting minutes notes objectives overview plan policy procedure proposal questions reference requirements retrospective review risks runbook schedule scope specification standards status strategy summary survey timeline troubleshooting tutorial update workshop',
  ),
  rare: list(
    'café naïve résumé façade über schön größe straße año niño señal où déjà été forêt łódź žlutý kůň ångström œuvre ñandú çay iş',
  ),
  syllables: {
    first: list(
      'ab ac ad al am an ar au ba be bi bo bra ca ce co cra da de di do dra el en er fa fe fi fo ga ge glo gra ha he ho im in jo ka ko la le li lo ma me mi mo na ne no ob or pa pe pi pla po pre pro qua ra re ri ro sa se si so sta stu ta te ti to tra un va ve vi vo wa we wi zo',
    ),
    next: list(
      'ba bri ca ci da del di fer ga gen ja la len li lu ma men mi na nis no pa per ra ri ro sa sen ta ten ti tor va ver vi',
    ),
    last: list('al ance ant ard ate e ed el en ent er es est ic ing ion is ist ity le ly ment ness or ous s t um ung ure y'),
  },
};

const greek: ScriptWords = {
  script: 'Greek',
  frequent: list('και το να η του της στο για με από που δεν είναι θα τα μας σε ότι αυτό έχει ως προς κάθε όπως μετά πριν'),
  subjects: list(
    'ασφάλεια δίκτυο βάση πελάτης έργο ομάδα προϊόν σύστημα αναφορά υποδομή πλατφόρμα πληρωμή έρευνα αγορά ποιότητα εκπαίδευση αποθήκη παραγωγή υποστήριξη μετάβαση',
  ),
  kinds: list('σχέδιο οδηγός σημειώσεις πρακτικά σύνοψη ανάλυση πολιτική διαδικασία απαιτήσεις έλεγχος πρόταση λίστα'),
  syllables: {
    first: list('α αν αρ βα γε γρα δι δο ε εκ εν θε κα κο κρι λα λο μα με να νο ο παρα πε προ ρο σα συ τα τε υ φα χα ψη ω'),
    next: list('βο γι δο θε κα κρι λε λο μα με νι ξα πο ρα ρι σε στα τε τι φο χει'),
    last: list('α ες ή ία ικά ικός ος ού ους ση της ων ώ'),
  },
};

const cyrillic: ScriptWords = {
  script: 'Cyrillic',
  frequent: list(
    'и в не на что с по для как это из у за от так при до или если мы все его без может только чтобы также после перед',
  ),
  subjects: list(
    'безопасность сеть база клиент проект команда продукт система отчёт платформа платёж рынок качество обучение склад производство поддержка миграция сервер договор бюджет доступ',
  ),
  kinds: list('план руководство заметки протокол обзор анализ политика процедура требования проверка предложение список'),
  syllables: {
    first: list(
      'а без вы во да де до за из ка ко кра ли ма ми на не но об от пе по пре при про ра ре ро са се со ста те тра у фа хо це',
    ),
    next: list('ва ве ви га да де ди за ка ко ла ле ли ма ми на ни но па ра ре ри са се та ти то хо че'),
    last: list('ать ей ение ет ие ий ик ла ми на ность ный ов ого ой ом ость ся ть ция ы я'),
  },
};

const arabic: ScriptWords = {
  script: 'Arabic',
  frequent: list('في من على إلى أن هذا عن مع كل ما هو أو قد بعد قبل عند بين كان لم حتى'),
  subjects: list(
    'الشبكة العميل المشروع الفريق المنتج النظام التقرير المنصة الدفع السوق الجودة التدريب المخزن الإنتاج الدعم الخادم العقد الميزانية',
  ),
  kinds: list('خطة دليل ملاحظات محضر ملخص تحليل سياسة إجراء متطلبات مراجعة اقتراح قائمة'),
  syllables: {
    first: list('ال بال تب تح تس تع جد حس خد دا را سل شر صن ضم طل عم فر قد كت لم مح مس مع نظ هد وا يت'),
    next: list('با تا حا دا را سا عا فا قا كا لا ما نا وا يا بي تي ري سي لي مي ني'),
    last: list('ا ات ان ة ت د ر س ع ق ل م ن ون ي ية ين'),
  },
  rightToLeft: true,
};

const chinese: ScriptWords = {
  script: 'Han',
  frequent: list('的 和 在 是 了 有 与 为 对 不 我们 可以 进行 需要 以及 通过 如果 所有 使用 其中'),
  subjects: list('安全 网络 数据库 客户 项目 团队 产品 系统 平台 支付 市场 质量 培训 仓库 生产 支持 迁移 服务器 合同 预算'),
  kinds: list('计划 指南 笔记 纪要 概述 分析 政策 流程 需求 检查 建议 清单'),
  syllables: { first: han, next: han, last: han },
};

const korean: ScriptWords = {
  script: 'Hangul',
  frequent: list('이 그 및 는 을 를 의 에 에서 으로 하고 있는 합니다 위해 대한 모든 또는 다음 이후 우리'),
  subjects: list(
    '보안 네트워크 데이터베이스 고객 프로젝트 팀 제품 시스템 플랫폼 결제 시장 품질 교육 창고 생산 지원 이전 서버 계약 예산',
  ),
  kinds: list('계획 안내서 메모 회의록 개요 분석 정책 절차 요구사항 점검 제안 목록'),
  syllables: { first: hangul, next: hangul, last: ['는', '을', '의', '로', '다', '고', '에', '서', '한', '적'] },
};

/** Which script the spaces are written in, in turns: most in Latin, as most sites are. */
export const spaceScripts: ScriptWords[] = [
  latin,
  latin,
  latin,
  cyrillic,
  latin,
  chinese,
  latin,
  greek,
  latin,
  arabic,
  latin,
  korean,
];
