"""Faults of the local agent and of neighbours: what a gate program, a browser, a group file or another terminal did wrong."""

from __future__ import annotations

from codes.errors import Text
from verify.faults.kinds import unfit, unimported

_MAKER = Text(
    "请闸机程序的开发者对照 docs/agent.md 与 /v1/openapi.json。",
    "For the maker of the gate's program: compare with docs/agent.md and /v1/openapi.json.",
)
AGENT_PATH = unimported("agent-path", "没有这个地址", "There is nothing at this path", _MAKER)
AGENT_METHOD = unimported("agent-method", "这个地址不支持此方法", "This path does not take this method", _MAKER)
AGENT_REQUEST = unimported("agent-request", "HTTP 请求无法解读", "The HTTP request cannot be read", _MAKER)
AGENT_BODY = unimported("agent-body", "请求内容不是所要求的 JSON", "The body is not the strict JSON that is asked for", _MAKER)
AGENT_TYPE = unimported("agent-type", "请求内容的类型须为 application/json", "The body must be application/json", _MAKER)
AGENT_SIZE = unimported("agent-size", "请求内容过长，或未注明长度", "The body is too long, or its length is not given", _MAKER)
AGENT_HOST = unimported(
    "agent-host",
    "只能以本机地址访问",
    "The agent answers to this machine's own name alone",
    Text(
        "请使用 http://127.0.0.1、http://[::1] 或 http://localhost 加端口号。",
        "Use http://127.0.0.1, http://[::1] or http://localhost with the port.",
    ),
)
AGENT_ORIGIN = unimported(
    "agent-origin",
    "不允许来自这个网页的请求",
    "Requests from this page's origin are not allowed",
    Text(
        "若确为本机构的终端网页，请以 --origin 写明其来源后重新启动。",
        "If it is your own terminal page, name its origin with --origin and start again.",
    ),
)
AGENT_PASSAGE = unimported(
    "agent-passage",
    "没有这次放行，或已过时",
    "There is no such acceptance, or it is over",
    Text("无需处理：请持卡人出示新码再扫一次。", "Nothing needs doing: let the holder show the next code."),
)
AGENT_READER = unfit(
    "agent-reader",
    "本机没有安装读卡器组件",
    "No chip reader is installed on this terminal",
    Text(
        "请安装 reader 组件并接好读卡器，然后重新启动；扫码不受影响。",
        "Install the extra `reader`, connect a reader and start again; codes are judged all the same.",
    ),
)
AGENT_SERVER = unfit(
    "agent-server",
    "终端服务没有设置服务器",
    "The agent was not told of a server",
    Text(
        "口述码只能联网核对：请以 --server 写明服务器后重新启动；扫码不受影响。",
        "A spoken code is checked online alone: name the server with --server and start again; codes are judged all the same.",
    ),
)
AGENT_PORT = unfit(
    "agent-port",
    "端口无法使用",
    "The port cannot be used",
    Text("请换一个端口，或停掉占用它的程序；0 表示任选。", "Choose another port, or stop the program that has it; 0 means any."),
)
AGENT_STOPPING = unfit(
    "agent-stopping", "终端服务正在停止", "The agent is stopping", Text("请在其重新启动后再扫一次。", "Scan again when it has been started again.")
)

GROUP_FILE = unfit(
    "group-file",
    "闸机组文件不可用",
    "The group file cannot be used",
    Text(
        "请对照 docs/agent.md 修正该文件；公钥见 ecard-terminal init 的输出。",
        "Compare it with docs/agent.md; the keys are those that ecard-terminal init prints.",
    ),
)
_NEIGHBOUR = Text("消息未采用。请核对闸机组文件和各终端的时间。", "The message was not used. Check the group file and the terminals' clocks.")
NEIGHBOUR_UNKNOWN = unimported("neighbour-unknown", "消息不是本组终端发来的", "The message is from no terminal of this group", _NEIGHBOUR)
NEIGHBOUR_TIME = unimported("neighbour-time", "相邻终端消息的时间不对", "The time of a neighbour's message is not now", _NEIGHBOUR)
NEIGHBOUR_AGAIN = unimported("neighbour-again", "相邻终端的消息已收到过", "The neighbour's message was heard before", _NEIGHBOUR)
NEIGHBOUR_FRAME = unimported("neighbour-frame", "相邻终端发来的数据无法解读", "What a neighbour sent cannot be read", _NEIGHBOUR)
