"""Every fault of the service itself: what can be wrong with a request, or with the way the service was set up.

Codes are wire vocabulary (clients match them): append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from __future__ import annotations

from codes.errors import Fault, Text

SETTINGS = Fault(
    code="settings",
    title=Text("服务设置不完整", "The settings of the service are incomplete"),
    hint=Text("请设置所列的环境变量后重新启动。", "Set the environment variables that are named, then start again."),
)
NOT_READY = Fault(
    code="not-ready",
    title=Text("发布目录尚未就绪", "Nothing has been published yet"),
    hint=Text("请稍后再试；运维人员请检查发布目录。", "Try again later; for the operator: look at the published folder."),
)
NOT_READABLE = Fault(
    code="not-readable",
    title=Text("发布目录读不出来", "The published folder cannot be read"),
    hint=Text("请稍后再试；运维人员请检查磁盘与权限。", "Try again later; for the operator: look at the disk and its permissions."),
)
NOT_FOUND = Fault(
    code="not-found",
    title=Text("没有这个地址", "Nothing stands at this address"),
    hint=Text("请核对地址；可用的接口见 /v1/openapi.json。", "Check the address; /v1/openapi.json lists what there is."),
)
METHOD = Fault(
    code="method-not-allowed",
    title=Text("该地址不支持这种请求方法", "This address does not take this method"),
    hint=Text("请改用响应头 Allow 中列出的方法。", "Use one of the methods in the Allow header."),
)
REQUEST = Fault(
    code="request-refused",
    title=Text("请求不合规", "The request is not well-formed"),
    hint=Text("请对照 /v1/openapi.json 修正请求。", "Compare the request with /v1/openapi.json."),
)
INTERNAL = Fault(
    code="internal",
    title=Text("服务内部出错", "Something went wrong inside the service"),
    hint=Text("请稍后再试；若仍出错，请把事件编号告知管理员。", "Try again later; if it goes on, give the incident number to the operator."),
)
PACK_FOLDER = Fault(
    code="pack-folder",
    title=Text("目标目录不能用来写入测试包", "The folder cannot take a conformance pack"),
    hint=Text("请指定一个空目录或尚不存在的目录。", "Name a folder that is empty or does not exist yet."),
)
PACK_UNREADABLE = Fault(
    code="pack-unreadable",
    title=Text("这不是一个完整的测试包", "This is not a whole conformance pack"),
    hint=Text("请用 ecard pack 重新生成，并使用同一版本运行。", "Make it again with ecard pack, and run it with the same version."),
)
PACK_COMMAND = Fault(
    code="pack-command",
    title=Text("被测程序无法启动", "The program under test cannot be started"),
    hint=Text("请核对命令及其权限；参数由测试包自行添加。", "Check the command and its permissions; the pack adds the arguments itself."),
)
EXTRA_MISSING = Fault(
    code="extra-missing",
    title=Text("缺少一个可选组件", "A package that this command needs is not installed"),
    hint=Text(
        "请在项目目录运行 make demo；或执行 pip install --require-hashes -r requirements/server.lock，再重试。",
        "Run make demo in the project's folder, or install the extra: pip install --require-hashes -r requirements/server.lock.",
    ),
)
DEMO_FOLDER = Fault(
    code="demo-folder",
    title=Text("该目录不是演示目录，不会清空", "This folder was not made by a demonstration, so it will not be emptied"),
    hint=Text("请用 --dir 另指定一个空目录或尚不存在的目录。", "Name a folder with --dir that is empty or does not exist yet."),
)
OUTPUT_UNWRITABLE = Fault(
    code="output-unwritable",
    title=Text("输出位置无法写入", "What this command makes cannot be written there"),
    hint=Text("请检查磁盘空间与权限，或换一个位置。", "Check disk space and permissions, or name another place."),
)
DEMO_UNREAD = Fault(
    code="demo-unread",
    title=Text("独立识读器没有读出照片中的码", "The independent decoder did not read the code in the photograph"),
    hint=Text("请查看 pictures 目录中的两张图片，并报告此问题。", "Look at the two pictures in pictures/, and report this."),
)
DEMO_STANDS = Fault(
    code="demo-stands",
    title=Text("演示城市的一个程序没能启动", "One of the town's programs did not come up"),
    hint=Text("请查看 log 所指的文件，它说明了原因。", "The file under log says why."),
)
DEMO_DIFFERS = Fault(
    code="demo-differs",
    title=Text("演示中有结果与预期不符", "Something in the demonstration did not come out as expected"),
    hint=Text("请查看上文标红的行和 account.json，并报告此问题。", "Look at the lines marked above and at account.json, and report this."),
)
PHONE_UNREADABLE = Fault(
    code="phone-unreadable",
    title=Text("手机目录无法读写", "The phone's folder cannot be read or written"),
    hint=Text("请核对路径；可用 ecard demo 重新生成一部。", "Check the path; ecard demo makes a phone anew."),
)
PHONE_EMPTY = Fault(
    code="phone-empty",
    title=Text("手机里没有此刻可用的凭证", "The phone holds no credential that serves now"),
    hint=Text(
        "请更新凭证：机构的手机用 ecard card renew-credentials，演示城市用 ecard demo 重建。",
        "Renew its credentials: ecard card renew-credentials for an office's phone; ecard demo builds the demonstration city anew.",
    ),
)
OFFICE_MISSING = Fault(
    code="office-missing",
    title=Text("此目录不是卡管机构目录", "There is no office in this folder"),
    hint=Text("请用 --office 指明目录；新建请用 ecard office init 目录。", "Name its folder with --office, or make one: ecard office init DIR."),
)
OFFICE_FILE = Fault(
    code="office-file",
    title=Text("office.toml 有误", "office.toml cannot be used"),
    hint=Text("请按所列位置修正后重试；没有任何内容被改动。", "Mend the place that is named, then try again; nothing was changed."),
)
OFFICE_EXISTS = Fault(
    code="office-exists",
    title=Text("目录不是空的，不会在此新建机构", "The folder is not empty, so no office is made in it"),
    hint=Text("请指定一个空目录或尚不存在的目录。", "Name a folder that is empty or does not exist yet."),
)
OFFICE_SCENES = Fault(
    code="office-scenes",
    title=Text("场景规则文件不能用", "The file with the scenes cannot be used"),
    hint=Text("请修正 scenes 目录中所列的文件。", "Mend the file that is named in the folder scenes/."),
)
OFFICE_OPERATOR = Fault(
    code="office-operator",
    title=Text("没有这位经办人", "There is no such operator"),
    hint=Text("请核对 --as；新增人员请用 ecard office operator。", "Check --as; ecard office operator puts somebody on the list."),
)
OFFICE_OPERATOR_KNOWN = Fault(
    code="office-operator-known",
    title=Text("经办人代号已被使用", "There is an operator of this name"),
    hint=Text("请换一个代号；要改动请编辑 office.toml。", "Take another name; to change somebody, edit office.toml."),
)
OFFICE_FORM = Fault(
    code="office-form",
    title=Text("表单填写有误", "The form is not filled in as it should be"),
    hint=Text(
        "请用 JSON 或 TOML 文件，字段见该命令的 --help；个人信息不要写在命令行上。",
        "Use a JSON or TOML file with the members that --help names; personal data never stands on the command line.",
    ),
)
OFFICE_UNREADABLE = Fault(
    code="office-unreadable",
    title=Text("文件读不出来", "The file cannot be read"),
    hint=Text("请核对路径与权限。", "Check its path and permissions."),
)
OFFICE_UNCONFIRMED = Fault(
    code="office-unconfirmed",
    title=Text("未经确认，没有办理", "Not confirmed, so not done"),
    hint=Text("此处无法提问；核对无误后请加 --yes 重新执行。", "Nobody can be asked here; if all is right, give the command again with --yes."),
)
OFFICE_PIN = Fault(
    code="office-pin",
    title=Text("没有可用的密码", "There is no PIN to use"),
    hint=Text(
        "请用 --pin-file 指明文件：第一行现用密码，初次使用时第二行新密码，均为 6 位数字。",
        "Name a file with --pin-file: the present PIN on the first line and, at first use, a new one on the second, six digits each.",
    ),
)
OFFICE_HOLDER = Fault(
    code="office-holder",
    title=Text("持卡人办理须由其手机证明", "A holder's own act is proved by the holder's phone"),
    hint=Text(
        "请用 --phone-folder 指明手机目录；柜台代办请写经办人代号。", "Name the phone's folder with --phone-folder; at a counter, give an operator."
    ),
)
OFFICE_PURPOSE = Fault(
    code="office-purpose",
    title=Text("查看姓名和证件须指明经办人", "Whoever looks at a name or number must say who they are"),
    hint=Text("请同时给出 --as 和 --purpose；每次查看都会记录在案。", "Give --as together with --purpose; every look is put on record."),
)
OFFICE_POINT = Fault(
    code="office-point",
    title=Text("没有指明服务网点", "No service point is named"),
    hint=Text("请给出 --point，或在 office.toml 中为经办人填写 point。", "Give --point, or write a point for the operator into office.toml."),
)
KEY_FILE = Fault(
    code="key-file",
    title=Text("这不是公钥文件", "This is no file of a public key"),
    hint=Text("请用发布目录 receipts 下的 <地区>.jwk.json。", "Take <region>.jwk.json from the folder receipts of what the office publishes."),
)
OFFICE_RECEIPT = Fault(
    code="office-receipt",
    title=Text("这不是本机构签发的回执", "This is no receipt of this office"),
    hint=Text("请核对文件；原件可用 ecard card receipts 导出。", "Check the file; ecard card receipts writes the original."),
)
OFFICE_STATUS = Fault(
    code="office-status",
    title=Text("状态密钥的登记文件不可用", "The page of a region's status keys cannot be used"),
    hint=Text(
        "请从备份恢复机构目录 status 下的该文件；它须写明正在使用的密钥。",
        "Restore the file in the office's folder status from a backup; it has to name the key that signs.",
    ),
)
STATUS_KEY_WAITS = Fault(
    code="status-key-waits",
    title=Text("下一把状态密钥已经备好", "The next status key has been made already"),
    hint=Text(
        "满七天后请用 ecard trust status-key --use 启用；密钥被盗则加 --stolen。",
        "After seven days take it up with ecard trust status-key --use; after a theft add --stolen.",
    ),
)
STATUS_KEY_NONE = Fault(
    code="status-key-none",
    title=Text("还没有下一把状态密钥", "There is no next status key"),
    hint=Text("请先执行 ecard trust status-key 生成，再发布。", "Make one with ecard trust status-key first, and publish."),
)
STATUS_KEY_EARLY = Fault(
    code="status-key-early",
    title=Text("离线终端可能还不认识这把状态密钥", "Terminals without a line may not know this status key yet"),
    hint=Text(
        "请等到 usable 所示时间再启用；只有密钥被盗时才用 --stolen 立即启用。",
        "Wait for the time in usable; only after a theft take it up at once with --stolen.",
    ),
)
TRUST_STANDS = Fault(
    code="trust-stands",
    title=Text("此处已有信任库", "There is a trust repository already"),
    hint=Text("要更换密钥请用 ecard trust rotate。", "To change its keys, use ecard trust rotate."),
)
FIELDS = Fault(
    code="request-fields",
    title=Text("请求中有字段填写有误", "A field of the request is not as it should be"),
    hint=Text("请按 facts 列出的字段，对照 /v1/openapi.json 修正。", "Mend the fields that facts names; /v1/openapi.json says what they take."),
)
FEED_FULL = Fault(
    code="feed-full",
    title=Text("此刻连接数已满", "There is no room for another connection now"),
    hint=Text(
        "请按 Retry-After 稍后再连；在此之前请定时读取 head。",
        "Connect again after the time in Retry-After; until then ask for the head now and then.",
    ),
)
SERVE_PORT = Fault(
    code="serve-port",
    title=Text("无法在此地址上提供服务", "The service cannot listen at this address"),
    hint=Text("端口可能已被占用；请换一个 --port，或核对 --host。", "The port may be taken: give another --port, or check --host."),
)
