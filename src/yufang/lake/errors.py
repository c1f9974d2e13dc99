"""What can go wrong with a file, a mapping or the lake's folder: one message and the way out, in both languages."""

from __future__ import annotations

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "missing_file": (
        "找不到文件 {file}",
        "{file} does not exist",
        "检查路径后重试",
        "check the path and try again",
    ),
    "empty_file": (
        "{file} 是空文件，没有任何数据行",
        "{file} is empty: it holds no data row",
        "从来源系统重新导出该文件",
        "export the file from its source again",
    ),
    "empty_folder": (
        "文件夹 {folder} 里没有可导入的文件（{suffixes}）",
        "the folder {folder} holds no file that can be imported ({suffixes})",
        "把记录文件放进该文件夹，或换一个文件夹",
        "put the files of records into it, or name another folder",
    ),
    "unknown_format": (
        "{file} 的类型 {suffix} 不在可读类型之列：{suffixes}",
        "{file} is of type {suffix}, which is not one that can be read: {suffixes}",
        "另存为 CSV（UTF-8）或 XLSX 后重试",
        "save it as CSV (UTF-8) or XLSX and try again",
    ),
    "broken_file": (
        "{file} 不是完整的 {format} 文件：{reason}",
        "{file} is not a whole {format} file: {reason}",
        "文件可能在传输中被截断，请重新复制或重新导出",
        "it was probably cut off on the way: copy or export it again",
    ),
    "bad_archive": (
        "{file} 不能打开，为安全起见未解压：{reason}",
        "{file} was not unpacked, for safety: {reason}",
        "用来源程序另存为新的 XLSX 或 CSV（UTF-8）后重试",
        "save it as a new XLSX or as CSV (UTF-8) in the program it comes from, and try again",
    ),
    "packed_too_well": (
        "{file} 解压后将有 {size} MB，上限 {limit} MB，疑似压缩炸弹；未解压，也未导入",
        "{file} would unpack to {size} MB, more than {limit} MB, as a zip bomb does; nothing was unpacked or taken",
        "拆成几个文件，或另存为 CSV（UTF-8）后重试",
        "split it into several files, or save it as CSV (UTF-8), and try again",
    ),
    "too_many_columns": (
        "{file} 的表头有 {columns} 列，上限 {limit} 列：多半是分隔符或换行丢失；未导入",
        "the header of {file} has {columns} columns, more than {limit}: probably separators or line ends were lost; "
        "nothing was taken",
        "检查第一行，或只导出需要的列",
        "look at the first line, or export only the columns that are needed",
    ),
    "undecodable": (
        "{file} 在第 {offset} 字节处（第 {line} 行）既不是 UTF-8，也不是 GB18030 或 Big5（按 {encoding} 读到此处为止）",
        "{file} is neither UTF-8 nor GB18030 nor Big5: byte {offset} (line {line}) cannot be read as {encoding}",
        "用来源程序另存为 CSV（UTF-8），或修复该处字节",
        "save it as CSV (UTF-8) in the program it comes from, or repair that byte",
    ),
    "open_quote": (
        "{file} 第 {line} 行的引号没有闭合，其后的行都会被吞掉",
        "{file}: a quote opened in line {line} is never closed and would swallow every line after it",
        "补上或删去该引号",
        "close or remove that quote",
    ),
    "too_long": (
        "{file} 第 {row} 行的 {field} 有 {length} 个字符，超过上限 {limit}："
        "多半是引号丢失使多行并成一格；整个文件未导入",
        "{file}, row {row}: {field} has {length} characters, more than {limit}: probably a lost quote ran "
        "rows together; nothing of the file was taken",
        "检查该行前后的引号，或把该内容缩短后重试",
        "check the quotes around that row, or shorten the value, and try again",
    ),
    "nothing_taken": (
        "{file} 的 {rows} 行没有一行能导入；例如第 {row} 行，字段 {field}，值“{value}”，规则 {rule}",
        "none of the {rows} rows of {file} can be taken; for example row {row}: field {field}, value {value!r}, "
        "rule {rule}",
        "检查映射或文件是否对应该类记录；规则的含义见 docs/lake.md",
        "check that mapping and file are for this kind of record; docs/lake.md explains the rules",
    ),
    "no_sheet": (
        "{file} 没有名为“{sheet}”的工作表，现有：{sheets}",
        "{file} has no sheet named {sheet!r}; it has: {sheets}",
        "在映射文件中改正 sheet",
        "correct `sheet` in the mapping",
    ),
    "missing_column": (
        "映射要求的列 {columns} 不在 {file} 中；该文件的列是：{present}",
        "the mapping names the columns {columns}, which {file} does not have; its columns are: {present}",
        "改正映射文件 {mapping} 中的列名",
        "correct the column names in the mapping {mapping}",
    ),
    "bad_mapping": (
        "映射文件 {mapping} 有误：{reason}",
        "the mapping {mapping} cannot be used: {reason}",
        "按 docs/lake.md 的写法改正",
        "correct it as docs/lake.md describes",
    ),
    "bad_rules": (
        "清洗规则文件 {file} 第 {line} 行有误：{reason}",
        "the rules {file} cannot be used: line {line}: {reason}",
        "按 docs/lake.md 的写法改正该行",
        "correct that line as docs/lake.md describes",
    ),
    "no_vault": (
        "{file} 不是保险库文件",
        "{file} is not a vault",
        "给出 mask 时写下的保险库文件",
        "name the vault that `mask` wrote",
    ),
    "wrong_key": (
        "密钥 {given} 打不开保险库 {file}：它是用密钥 {wanted} 加密的",
        "the key {given} does not open the vault {file}: it was locked with the key {wanted}",
        "改用编号为该值的密钥文件",
        "use the key file with that id",
    ),
    "altered_vault": (
        "保险库 {file} 的内容被改动过，不能还原",
        "the vault {file} was altered and can't be opened",
        "从备份恢复该文件",
        "restore it from a backup",
    ),
    "no_key": (
        "{file} 里没有密钥（应为 base64 的 32 字节）",
        "{file} holds no key (32 bytes in base64)",
        "给出 mask --new-key 写下的密钥文件",
        "name the key file that `mask --new-key` wrote",
    ),
    "key_exists": (
        "{file} 已经存在，不会覆盖",
        "{file} exists and is not overwritten",
        "换一个文件名，或去掉 --new-key 沿用它",
        "choose another name, or leave out --new-key to use it",
    ),
    "key_beside_vault": (
        "密钥与保险库在同一文件夹 {folder}：拿走一个就拿走了两个",
        "key and vault lie in the same folder {folder}: who takes one takes both",
        "把密钥放到别处，例如另一台机器或移动介质",
        "keep the key elsewhere, such as on another machine or medium",
    ),
    "no_fit": (
        "{file} 的表头认不出来（作为 {kind} 还缺 {missing}）；该文件的列是：{present}",
        "the headers of {file} are not recognised: as {kind} it lacks {missing}; its columns are: {present}",
        "写一个映射文件并用 --mapping 指定",
        "write a mapping file and name it with --mapping",
    ),
    "no_file_fits": (
        "{folder} 中没有文件与映射 {mapping} 相符；文件夹里有：{present}",
        "no file of {folder} fits the mapping {mapping}; the folder holds: {present}",
        "改正映射里的 pattern，或换一个映射",
        "correct `pattern` in the mapping, or name another mapping",
    ),
    "no_headers_fit": (
        "{folder} 中没有一个文件的表头能认出来：{present}",
        "the headers of no file in {folder} are recognised: {present}",
        "写一个映射文件（见 docs/lake.md）并用 --mapping 指定",
        "write a mapping file (docs/lake.md) and name it with --mapping",
    ),
    "unknown_kind": (
        "不认识的记录类型“{kind}”；可用：{kinds}",
        "unknown kind of record {kind!r}; known are: {kinds}",
        "改用其中之一",
        "use one of them",
    ),
    "no_write": (
        "数据湖目录 {folder} 不可写：{reason}",
        "the lake's folder {folder} cannot be written: {reason}",
        "换一个可写目录（--lake DIR），或改正权限、清出空间",
        "name a folder that can be written (--lake DIR), or correct its permissions or free space",
    ),
    "busy": (
        "另一个导入正在写 {folder}",
        "another import is writing {folder}",
        "等它结束后重试",
        "wait until it has ended and try again",
    ),
    "broken_lake": (
        "{folder} 的清单 {manifest} 读不出来：{reason}",
        "the manifest {manifest} of the lake {folder} cannot be read: {reason}",
        "从备份恢复该文件，或换一个空目录重新导入",
        "restore that file from a backup, or import again into an empty folder",
    ),
    "wrong_schema": (
        "写入 {table} 的列与其模式不符：{reason}",
        "what is to be written to {table} does not fit its schema: {reason}",
        "按 yufang.lake.tables 中的模式补齐或转换各列",
        "cast or complete the columns as yufang.lake.tables has them",
    ),
    "no_spark": (
        "Spark 引擎需要附加组件 spark：{reason}",
        "the Spark engine needs the extra `spark`: {reason}",
        "安装：pip install 'yufang[spark]'",
        "install it: pip install 'yufang[spark]'",
    ),
    "no_java": (
        "Spark 引擎需要 Java 17 或更新版本，PATH 和 JAVA_HOME 中都没有",
        "the Spark engine needs Java 17 or later; neither PATH nor JAVA_HOME leads to one",
        "安装 Java 17（例如 openjdk-17-jre-headless），或设置 JAVA_HOME",
        "install Java 17 (for example openjdk-17-jre-headless), or set JAVA_HOME",
    ),
    "no_master": (
        "不能从 {master} 得到 Spark 会话：{reason}",
        "no Spark session can be had from {master}: {reason}",
        "检查主节点的地址，以及它是否在运行",
        "check the master's address, and that it runs",
    ),
    "no_cluster": (
        "Spark 的主节点或工作节点没有启动：{reason}",
        "Spark's master or a worker did not come up: {reason}",
        "检查 Java 版本（17 或更新）和可用内存后重试",
        "check the version of Java (17 or later) and the free memory, and try again",
    ),
}


class LakeError(ValueError):
    """Input that the lake can't take. `message` and `way_out` are English; `zh` holds both in Chinese."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        super().__init__(message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
