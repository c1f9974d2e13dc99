"""Every action as a sentence, in both languages. `{by}` is who acted, `{subject}` what was acted on."""

from __future__ import annotations

import json
from typing import Any

_RESULTS = {
    "confirmed": ("确认存在", "confirmed"),
    "not_found": ("未发现", "did not find"),
    "not_applicable": ("判定不适用于", "ruled out"),
}
_SENTENCES: dict[str, tuple[str, str]] = {
    "accounts.signed_in": ("{by} 登录", "{by} signed in"),
    "accounts.signed_out": ("{by} 退出登录", "{by} signed out"),
    "accounts.organisation_opened": ("{by} 建立了组织 {subject}", "{by} opened organisation {subject}"),
    "accounts.organisation_renamed": ("{by} 更改了组织 {subject} 的名称", "{by} renamed organisation {subject}"),
    "accounts.organisation_closed": (
        "{by} 关闭了组织 {subject} 及其下级，涉及 {people} 人",
        "{by} closed organisation {subject} and all below it, {people} people concerned",
    ),
    "accounts.organisation_reopened": ("{by} 重新启用了组织 {subject}", "{by} opened organisation {subject} again"),
    "accounts.person_admitted": ("{by} 开通了账号 {subject}", "{by} admitted person {subject}"),
    "accounts.person_moved": ("{by} 调整了账号 {subject} 的所属组织", "{by} moved person {subject}"),
    "accounts.factor_added": (
        "{by} 为自己的账号设置了第二步验证（{kind}）",
        "{by} set up a second factor ({kind})",
    ),
    "accounts.factor_removed": (
        "{by} 移除了自己账号的第二步验证（{kind}）",
        "{by} removed a second factor ({kind})",
    ),
    "accounts.recovery_codes_made": (
        "{by} 重新生成了恢复码",
        "{by} made new recovery codes",
    ),
    "accounts.password_changed": (
        "{by} 修改了密码，其他 {sessions_ended} 个登录已退出",
        "{by} changed the password; {sessions_ended} other sessions ended",
    ),
    "accounts.sessions_ended": (
        "{by} 退出了自己的 {sessions} 个登录",
        "{by} ended {sessions} of their sessions",
    ),
    "accounts.sessions_ended_there": (
        "{subject} 在统一身份平台退出，本平台的 {sessions} 个登录随之结束",
        "Person {subject} signed out at the identity provider; {sessions} sessions here ended",
    ),
    "accounts.invited": (
        "{by} 为账号 {subject} 生成了一次性链接",
        "{by} made a one-time link for {subject}",
    ),
    "accounts.invitation_sent": (
        "{by} 将账号 {subject} 的一次性链接以消息发出",
        "{by} sent the one-time link of {subject} as a message",
    ),
    "accounts.invitation_accepted": (
        "{by} 通过一次性链接设置了密码",
        "{by} set a password by a one-time link",
    ),
    "accounts.roles_given": (
        "{by} 调整了账号 {subject} 的角色",
        "{by} changed the roles of {subject}",
    ),
    "accounts.person_closed": (
        "{by} 关闭了账号 {subject}",
        "{by} closed the account {subject}",
    ),
    "accounts.person_reopened": (
        "{by} 重新启用了账号 {subject}",
        "{by} opened the account {subject} again",
    ),
    "accounts.person_reset": (
        "{by} 重置了账号 {subject} 的密码和第二步验证",
        "{by} reset password and second factors of {subject}",
    ),
    "accounts.person_erased": (
        "{by} 删除了账号 {subject} 的个人信息",
        "{by} erased the personal data of {subject}",
    ),
    "accounts.person_came": (
        "账号 {subject} 首次由统一身份平台登录",
        "{subject} came from an identity provider for the first time",
    ),
    "accounts.roles_followed": (
        "账号 {subject} 的角色随统一身份平台的组更新",
        "The roles of {subject} followed the groups of the identity provider",
    ),
    "accounts.role_saved": (
        "{by} 保存了角色 {subject}",
        "{by} saved the role {subject}",
    ),
    "accounts.key_made": (
        "{by} 建立了服务密钥 {subject}，有效 {days} 天",
        "{by} made the service key {subject}, good for {days} days",
    ),
    "accounts.key_revoked": (
        "{by} 撤销了服务密钥 {subject}",
        "{by} revoked the service key {subject}",
    ),
    "accounts.group_mapped": (
        "{by} 建立了身份组与角色的对应 {subject}",
        "{by} mapped a group of an identity provider: {subject}",
    ),
    "accounts.group_unmapped": (
        "{by} 删除了身份组与角色的对应 {subject}",
        "{by} removed the mapping {subject}",
    ),
    "accounts.glass_opened": (
        "{by} 紧急查看组织 {organisation} 的数据 {minutes} 分钟",
        "{by} opened the data of organisation {organisation} in an emergency for {minutes} minutes",
    ),
    "accounts.glass_closed": (
        "{by} 结束了紧急查看",
        "{by} ended the emergency access",
    ),
    "deduction.answered": ("{by} 现场{result_zh}隐患点 {subject}", "{by} {result_en} hazard point {subject}"),
    "deduction.updated": (
        "隐患点 {subject} 的概率由 {from_percent} 变为 {to_percent}",
        "The probability of hazard point {subject} moved from {from_percent} to {to_percent}",
    ),
    "deduction.taken_back": (
        "{by} 撤销了对隐患点 {subject} 的核实",
        "{by} took back an answer on hazard point {subject}",
    ),
    "deduction.photo_added": ("{by} 为隐患点 {subject} 附了照片", "{by} added a photo to hazard point {subject}"),
    "deduction.round_drawn": (
        "{by} 为企业 {subject} 抽取了核查单（{places} 个风险点，其中探索 {explored} 个）",
        "{by} drew a round for enterprise {subject} ({places} points, {explored} of them explored)",
    ),
    "deduction.spread": (
        "{points} 个同类隐患点的概率随现场核实变动",
        "The probabilities of {points} like hazard points followed answers",
    ),
    "deduction.learnt": (
        "由 {answers} 条现场核实重新学习，得到 {subject}",
        "{subject} was learnt anew from {answers} answers",
    ),
    "cases.decided": (
        "{by} 将案例 {subject} 的 {facet} 定为 {code}",
        "{by} coded case {subject}: {facet} is {code}",
    ),
    "cases.undone": (
        "{by} 撤销了对案例 {subject} 的 {facet} 的决定",
        "{by} took back the decision on case {subject}: {facet}",
    ),
    "cases.bulk_accepted": (
        "{by} 批量采纳了 {rows} 条 {facet} 建议：{code}",
        "{by} accepted {rows} suggestions at once: {facet} is {code}",
    ),
    "cases.bulk_undone": (
        "{by} 撤销了批量采纳 {subject}（{rows} 条）",
        "{by} took back bulk acceptance {subject} ({rows} cases)",
    ),
    "cases.campaign_opened": (
        "{by} 发起了 {facet} 双人盲编（{cases} 条）",
        "{by} opened a coding of {facet} by two people ({cases} cases)",
    ),
    "cases.coded_blind": ("{by} 为案例 {subject} 盲编了 {facet}", "{by} coded case {subject} blind: {facet}"),
    "cases.adjudicated": (
        "{by} 裁定案例 {subject} 的 {facet} 为 {code}",
        "{by} settled case {subject}: {facet} is {code}",
    ),
    "cases.recoded": (
        "{rows} 条未决案例改用模型 {subject} 的建议",
        "{rows} open cases carry the suggestions of model {subject}",
    ),
    "models.training_asked": ("{by} 要求重新训练 {facet}", "{by} asked for a training of {facet}"),
    "models.trained": (
        "模型 {subject} 已由 {rows} 条案例训练",
        "Model {subject} was trained from {rows} cases",
    ),
    "models.adopted": ("载入了模型 {subject}", "Model {subject} was taken over from a run"),
    "models.promoted": ("{by} 启用了模型 {subject}", "{by} put model {subject} to work"),
    "models.rolled_back": ("{by} 退回到模型 {subject}", "{by} returned to model {subject}"),
    "lake.owner_named": ("{by} 指定了数据来源 {subject} 的负责人", "{by} named who answers for data source {subject}"),
    "graph.decided": (
        "{by} 判定了候选事实 {subject}（采纳：{accepted}）",
        "{by} decided on candidate fact {subject} (accepted: {accepted})",
    ),
    "linkage.decided": ("{by} 判定了记录对 {subject}（同一：{same}）", "{by} decided on pair {subject} (same: {same})"),
    "decisions.drafted": ("{by} 新建了分级表草稿 {subject}", "{by} opened draft {subject} of the tier tables"),
    "decisions.saved": ("{by} 修改了分级表草稿 {subject}", "{by} edited draft {subject} of the tier tables"),
    "decisions.put_away": ("{by} 放弃了分级表草稿 {subject}", "{by} put away draft {subject} of the tier tables"),
    "decisions.trial_asked": ("{by} 试算分级表 {subject}", "{by} asked to try tier tables {subject}"),
    "decisions.tried": (
        "分级表 {subject} 在近90天上试算：现行 {before} 条，新表 {after} 条",
        "Tier tables {subject} were tried on the last 90 days: {before} warnings as they are, {after} by the new ones",
    ),
    "decisions.published": ("{by} 发布了分级表 {subject}", "{by} published tier tables {subject}"),
    "decisions.rolled_back": ("{by} 将分级表退回到 {subject}", "{by} returned to tier tables {subject}"),
    "rates.table_added": ("{by} 添加了费率表 {subject}", "{by} added rate table {subject}"),
    "rates.simulation_asked": ("{by} 发起了费率测算 {subject}", "{by} asked for rate simulation {subject}"),
    "rates.simulated": (
        "费率测算 {subject} 完成，提案 {rows} 条",
        "Rate simulation {subject} ended with {rows} proposals",
    ),
    "rates.approved": (
        "{by} 批准了费率提案 {subject}：{year} 年 {grade}% 档",
        "{by} approved rate proposal {subject}: grade {grade}% for {year}",
    ),
    "rates.returned": ("{by} 退回了费率提案 {subject}", "{by} returned rate proposal {subject}"),
    "participation.proposed": ("{by} 提出了改进建议 {subject}", "{by} proposed idea {subject}"),
    "participation.trial": ("{by} 安排了建议 {subject} 的试行", "{by} put idea {subject} on trial"),
    "participation.result": ("{by} 记录了建议 {subject} 的试行结果", "{by} wrote the result of idea {subject}"),
    "participation.roll_out": ("{by} 推广了建议 {subject}", "{by} rolled idea {subject} out"),
    "participation.decline": ("{by} 未采纳建议 {subject}，并说明理由", "{by} declined idea {subject} with a reason"),
    "participation.jury_named": ("{by} 指定了 {month} 金点子榜的评审", "{by} named the jury of {month}"),
    "participation.picked": ("{by} 为 {subject} 金点子榜作了推荐", "{by} chose for the board of {subject}"),
    "participation.board_published": ("{by} 公布了 {subject} 金点子榜", "{by} published the board of {subject}"),
    "participation.opted": ("{by} 改变了是否署名", "{by} changed whether to be named"),
    "participation.points": (
        "企业 {subject} 的积分随处理结果更新（新增 {new}，变动 {moved}，撤回 {withdrawn}）",
        "Points of enterprise {subject} followed ({new} new, {moved} moved, {withdrawn} withdrawn)",
    ),
    "participation.rewarded": ("{by} 批准了奖励 {amount} 元", "{by} approved a reward of {amount} yuan"),
    "participation.paid": ("{by} 发放了奖励 {subject}", "{by} handed over reward {subject}"),
    "participation.round_opened": ("{by} 发起了双方自评", "{by} opened a self-assessment of both sides"),
    "participation.round_closed": ("双方自评 {subject} 已结束", "Self-assessment {subject} was closed"),
    "hazards.opened": ("{by} 登记了隐患 {subject}", "{by} opened hazard {subject}"),
    "hazards.assign": ("{by} 将隐患 {subject} 分派给人员 {to}", "{by} assigned hazard {subject} to person {to}"),
    "hazards.transfer": ("{by} 将隐患 {subject} 转交给人员 {to}", "{by} handed hazard {subject} to person {to}"),
    "hazards.start": ("{by} 开始整改隐患 {subject}", "{by} began to fix hazard {subject}"),
    "hazards.fix": ("{by} 报告隐患 {subject} 已整改", "{by} says hazard {subject} is fixed"),
    "hazards.check": ("{by} 验收通过隐患 {subject}", "{by} checked the fix of hazard {subject}"),
    "hazards.send_back": ("{by} 退回隐患 {subject} 重新整改", "{by} sent hazard {subject} back to be fixed"),
    "hazards.confirm": ("{by} 确认隐患 {subject} 已整改", "{by} confirmed the fix of hazard {subject}"),
    "hazards.not_done": ("{by} 认为隐患 {subject} 未整改到位", "{by} says hazard {subject} is not fixed"),
    "hazards.refuse": ("{by} 判定 {subject} 不是隐患", "{by} decided that {subject} is not a hazard"),
    "hazards.contest": ("{by} 对隐患 {subject} 的判定提出申诉", "{by} contested the decision on hazard {subject}"),
    "hazards.accept": ("{by} 认可对隐患 {subject} 的判定", "{by} accepted the decision on hazard {subject}"),
    "hazards.reopen": ("{by} 重新打开隐患 {subject}", "{by} reopened hazard {subject}"),
    "hazards.release": ("{by} 核销了重大事故隐患 {subject}", "{by} released major hazard {subject}"),
    "hazards.lapse": ("隐患 {subject} 等待答复到期", "The wait for a word on hazard {subject} ended"),
    "hazards.closed": ("隐患 {subject} 关闭", "Hazard {subject} closed"),
    "hazards.level": ("{by} 调整了隐患 {subject} 的级别：{level}", "{by} weighed hazard {subject} anew: {level}"),
    "hazards.major": ("{by} 判定隐患 {subject} 为重大事故隐患", "{by} decided that hazard {subject} is a major one"),
    "hazards.not_major": ("{by} 判定隐患 {subject} 不属于重大", "{by} decided that hazard {subject} is not major"),
    "hazards.opinion_asked": ("{by} 请人员 {to} 复核隐患 {subject}", "{by} asked person {to} about hazard {subject}"),
    "hazards.opinion_given": ("{by} 给出对隐患 {subject} 的复核意见", "{by} gave an opinion on hazard {subject}"),
    "hazards.reminded": ("隐患 {subject} 已提醒责任人", "Whoever holds hazard {subject} was reminded"),
    "hazards.escalated": ("隐患 {subject} 逾期上报", "Hazard {subject} is late and went up a level"),
    "hazards.report_up": (
        "重大事故隐患 {subject} 已上报监管部门",
        "Major hazard {subject} was reported to the regulator",
    ),
    "hazards.release_wanted": ("重大事故隐患 {subject} 申请核销", "Major hazard {subject} waits to be released"),
    "hazards.photo_added": ("{by} 为隐患 {subject} 附了照片", "{by} added a photo to hazard {subject}"),
    "warning.acknowledged": ("{by} 接收了预警 {subject}", "{by} acknowledged warning {subject}"),
    "warning.handed_on": (
        "{by} 将预警 {subject} 转交给人员 {to}",
        "{by} handed warning {subject} to person {to}",
    ),
    "warning.raised": ("发出预警 {subject}", "Warning {subject} was raised"),
    "warning.upgraded": ("预警 {subject} 升为更高级别", "Warning {subject} became graver"),
    "warning.downgraded": ("预警 {subject} 降级", "Warning {subject} was downgraded"),
    "warning.escalated": (
        "预警 {subject} 无人接收，升级通知第 {level} 层",
        "Warning {subject} escalated to level {level}: nobody had taken it on",
    ),
    "warning.cleared": ("预警 {subject} 的条件已解除", "The cause of warning {subject} is gone"),
    "warning.closed": ("{by} 关闭了预警 {subject}", "{by} closed warning {subject}"),
    "warning.snoozed": ("{by} 暂缓了预警 {subject} 的提醒", "{by} snoozed warning {subject}"),
    "warning.snoozed_over": ("预警 {subject} 的暂缓到期", "The snooze of warning {subject} ended"),
    "warning.woken": ("{by} 提前恢复了预警 {subject} 的提醒", "{by} ended the snooze of warning {subject}"),
    "warning.muted": ("预警 {subject} 在静默时段内，暂不通知", "Warning {subject} waits for the end of a mute window"),
    "warning.muted_over": ("预警 {subject} 的静默时段结束", "The mute window over warning {subject} ended"),
    "warning.unmuted": ("预警 {subject} 的静默被提前解除", "The mute window over warning {subject} was lifted"),
    "warning.flapping": ("预警 {subject} 反复波动", "Warning {subject} comes and goes"),
    "warning.mute_opened": ("{by} 为单位 {subject} 设置了静默时段", "{by} opened a mute window for {subject}"),
    "warning.mute_lifted": ("{by} 解除了静默时段 {subject}", "{by} lifted mute window {subject}"),
    "warning.resolved": ("{by} 办结了预警 {subject}", "{by} resolved warning {subject}"),
    "warning.raised_again": ("预警 {subject} 再次发出", "Warning {subject} was raised again"),
    "dispatch.sent": ("{by} 就预警 {subject} 通知了第 {level} 级人员", "{by} told level {level} of warning {subject}"),
    "dispatch.channel_added": ("{by} 添加了通知渠道 {subject}", "{by} added channel {subject}"),
    "dispatch.channel_changed": ("{by} 修改了通知渠道 {subject}", "{by} changed channel {subject}"),
    "dispatch.channel_removed": ("{by} 删除了通知渠道 {subject}", "{by} removed channel {subject}"),
    "dispatch.roster_opened": ("{by} 建立了值班表 {subject}", "{by} opened roster {subject}"),
    "dispatch.roster_closed": ("{by} 删除了值班表 {subject}", "{by} removed roster {subject}"),
    "dispatch.shift_added": ("{by} 在值班表 {roster} 排了班次", "{by} added shift {subject} to roster {roster}"),
    "dispatch.shift_changed": ("{by} 修改了班次 {subject}", "{by} changed shift {subject}"),
    "dispatch.shift_removed": ("{by} 删除了班次 {subject}", "{by} removed shift {subject}"),
    "dispatch.week_repeated": (
        "{by} 为值班表 {subject} 复制了 {shifts} 个班次",
        "{by} repeated {shifts} shifts of roster {subject}",
    ),
    "dispatch.stand_in_named": ("{by} 登记了人员 {person} 外出", "{by} noted that person {person} is away"),
    "dispatch.stand_in_removed": ("{by} 取消了人员 {person} 的外出登记", "{by} noted that person {person} is back"),
    "dispatch.way_added": ("{by} 添加了自己的通知渠道", "{by} added a channel of their own"),
    "dispatch.way_removed": ("{by} 删除了自己的通知渠道", "{by} removed a channel of their own"),
    "dispatch.ways_ordered": ("{by} 调整了自己的通知渠道", "{by} ordered their own channels"),
    "dispatch.tested": ("{by} 发送了测试消息", "{by} sent a test message"),
    "dispatch.notified": ("{by} 发出了通知 {subject}（{people} 人）", "{by} sent notice {subject} to {people} people"),
    "inspections.planned": (
        "{by} 为企业 {subject} 生成了检查计划（{items} 项，其中抽取 {explored} 项）",
        "{by} made an inspection plan for enterprise {subject} ({items} items, {explored} of them drawn)",
    ),
    "inspections.closed": (
        "{by} 结束了检查计划 {subject}（{state}）",
        "{by} ended inspection plan {subject} ({state})",
    ),
    "inspections.placed": (
        "{by} 为企业 {subject} 指定了设备所在区域",
        "{by} said where a machine of enterprise {subject} stands",
    ),
    "inspections.answered": (
        "{by} 检查了第 {subject} 项（结果：{result}）",
        "{by} looked at inspection item {subject} ({result})",
    ),
    "inspections.taken_back": (
        "{by} 撤销了检查项 {subject} 的结果",
        "{by} took back the answer to inspection item {subject}",
    ),
    "inspections.photo_added": ("{by} 为检查项 {subject} 附了照片", "{by} added a photo to inspection item {subject}"),
    "inspections.paper_kept": (
        "{by} 为企业 {subject} 登记了证照 {code}",
        "{by} put paper {code} of enterprise {subject} on record",
    ),
    "inspections.chosen": (
        "{by} 排定了 {week} 当周的检查企业",
        "{by} chose whom to visit in the week of {week}",
    ),
    "inspections.ordered": (
        "{by} 向企业 {subject} 下达了整改指令（期限 {deadline}）",
        "{by} issued an order to enterprise {subject} (due {deadline})",
    ),
    "inspections.order_reminded": ("已就整改指令 {subject} 发出提醒", "A reminder of order {subject} was sent"),
    "inspections.order_overdue": ("整改指令 {subject} 逾期", "Order {subject} is overdue"),
    "inspections.order_escalated": ("整改指令 {subject} 逾期上报", "Overdue order {subject} was escalated"),
    "inspections.order_closed": ("整改指令 {subject} 办结", "Order {subject} is closed"),
    "inspections.order_withdrawn": ("{by} 撤回了整改指令 {subject}", "{by} withdrew order {subject}"),
    "places.plan_added": ("{by} 添加了平面图 {subject}", "{by} added plan {subject}"),
    "places.plan_located": ("{by} 标定了平面图 {subject}", "{by} named or located plan {subject}"),
    "places.area_opened": ("{by} 建立了区域 {subject}", "{by} made area {subject}"),
    "places.area_changed": (
        "{by} 修改了区域 {subject}（关闭：{closed}）",
        "{by} changed area {subject} (closed: {closed})",
    ),
    "places.area_removed": ("{by} 删除了区域 {subject}", "{by} removed area {subject}"),
    "places.token_renewed": ("{by} 更换了区域 {subject} 的二维码", "{by} gave area {subject} a new code"),
    "reports.received": (
        "收到上报 {subject}（附 {files} 个文件）",
        "Report {subject} was received ({files} files to come)",
    ),
    "reports.file_refused": (
        "上报 {subject} 的一个文件无法保存（{why}）",
        "A file of report {subject} could not be kept ({why})",
    ),
    "reports.completed": (
        "上报 {subject} 已收齐，登记为隐患 {hazard}",
        "Report {subject} is complete: hazard {hazard}",
    ),
    "reports.joined": ("上报 {subject} 已收齐，并入隐患 {hazard}", "Report {subject} joined hazard {hazard}"),
    "reports.contact_read": ("{by} 查看了上报 {subject} 的联系方式", "{by} read the contact of report {subject}"),
    "edge.node_opened": ("{by} 建立了边缘节点 {name}", "{by} made edge node {name}"),
    "edge.token_renewed": ("{by} 为边缘节点 {subject} 换发登记码", "{by} gave edge node {subject} a new token"),
    "edge.node_enrolled": ("边缘节点 {subject} 完成登记", "Edge node {subject} enrolled"),
    "edge.node_closed": ("{by} 停用了边缘节点 {subject}", "{by} closed edge node {subject}"),
    "edge.desired_set": (
        "{by} 设定了边缘节点 {subject} 的目标配置（第 {version} 版）",
        "{by} set what edge node {subject} should be like (version {version})",
    ),
    "edge.bundle_added": ("{by} 上传了签名包 {subject}（{kind}）", "{by} uploaded bundle {subject} ({kind})"),
    "edge.bundle_at_work": ("边缘节点 {subject} 启用签名包 {sha256}", "Edge node {subject} works by bundle {sha256}"),
    "edge.signer_trusted": ("{by} 信任了签名者 {subject}", "{by} trusts signer {subject}"),
    "edge.signer_closed": ("{by} 不再信任签名者 {subject}", "{by} trusts signer {subject} no more"),
    "sensing.batch_taken": (
        "来源 {source} 的第 {sequence} 批读数已接收（{readings} 条）",
        "batch {sequence} of {source} was taken ({readings} readings)",
    ),
    "sensing.channel_opened": ("{by} 登记了通道 {key}", "{by} registered channel {key}"),
    "sensing.channels_registered": (
        "边缘节点 {node} 登记通道：新开 {opened}、更改 {changed}、停用 {closed}、拒绝 {refused}",
        "Edge node {node} registered its channels: {opened} opened, {changed} changed, {closed} closed, {refused} "
        "refused",
    ),
    "sensing.leak_watch_set": ("{by} 设定了泄漏监测 {name}", "{by} set up the watch for leaks {name}"),
    "sensing.channel_changed": ("{by} 修改了通道 {key}", "{by} changed channel {key}"),
    "sensing.channel_placed": ("{by} 在平面图上标出通道 {key} 的位置", "{by} placed channel {key} on the plan"),
    "sensing.source_opened": ("{by} 登记了数据来源 {name}", "{by} registered source {name}"),
    "sensing.key_renewed": ("{by} 为数据来源 {subject} 换发密钥", "{by} gave source {subject} a new key"),
    "sensing.source_closed": ("{by} 停用了数据来源 {subject}", "{by} closed source {subject}"),
    "positions.device_added": ("{by} 登记了定位设备 {key}", "{by} registered the tag {key}"),
    "positions.device_issued": ("{by} 发放了定位设备 {subject}", "{by} issued tag {subject}"),
    "positions.device_returned": ("{by} 收回了定位设备 {subject}", "{by} took tag {subject} back"),
    "positions.agreed": ("{by} 同意将本人位置用于 {purpose}", "{by} agreed to the use of their position: {purpose}"),
    "positions.withdrawn": (
        "{by} 撤回了对本人位置用于 {purpose} 的同意",
        "{by} withdrew their consent to the use of their position: {purpose}",
    ),
    "positions.looked": (
        "{by} 查看了 {subject} 的位置（{purpose}：{reason}）",
        "{by} looked at the position of {subject} ({purpose}: {reason})",
    ),
    "riskmap.permit_opened": (
        "{by} 办理了作业票 {subject}（{kind}，至 {ends_at}）",
        "{by} issued permit {subject} ({kind}, until {ends_at})",
    ),
    "riskmap.permit_extended": (
        "{by} 将作业票 {subject} 延期至 {ends_at}",
        "{by} extended permit {subject} until {ends_at}",
    ),
    "riskmap.permit_closed": ("{by} 关闭了作业票 {subject}", "{by} closed permit {subject}"),
    "positions.zone_set": ("{by} 设定了区域 {subject} 的规则", "{by} set the rules of {subject}"),
    "ledger.paths_sealed": (
        "升级时固定了此前 {leaves} 条存证的所属组织",
        "The organisations of the {leaves} entries before the upgrade were sealed",
    ),
    "ledger.continued": (
        "系统恢复到更早时刻，账本以新名称继续：原账本 {origin} 已公布 {published} 条，其中 {kept} 条仍在",
        "Restored to an earlier moment; the log goes on under a new name: {origin} had published {published} entries, "
        "of which {kept} are here",
    ),
    "positions.blurred": ("班后模糊了 {count} 人的位置", "Blurred {count} positions after the shift"),
    "sensing.personal_read": ("{by} 查看了个人监测通道 {subject}", "{by} looked at personal channel {subject}"),
    "privacy.details_read": (
        "{by} 查看了 {subject} 号人员的个人信息",
        "{by} read the personal details of person {subject}",
    ),
    "privacy.details_changed": (
        "{by} 修改了 {subject} 号人员的个人信息",
        "{by} changed the personal details of person {subject}",
    ),
    "privacy.export_asked": (
        "{by} 申请导出 {subject} 号人员的个人资料",
        "{by} asked for all that is kept of person {subject}",
    ),
    "privacy.export_made": ("{subject} 号人员的个人资料已导出", "The data of person {subject} were exported"),
    "privacy.export_fetched": (
        "{by} 下载了 {subject} 号人员的个人资料",
        "{by} fetched the export of person {subject}",
    ),
    "privacy.erasure_asked": ("{by} 申请删除个人信息", "{by} asked to be erased"),
    "privacy.erasure_decided": (
        "{by} 处理了 {subject} 号人员的删除申请（同意：{accepted}）",
        "{by} decided on the erasure of person {subject} (accepted: {accepted})",
    ),
    "privacy.hold_set": ("{by} 对 {subject} 设定了依法留存", "{by} set a legal hold on {subject}"),
    "privacy.hold_lifted": ("{by} 解除了依法留存 {subject}", "{by} lifted legal hold {subject}"),
    "privacy.retention_run": (
        "到期数据清理（{subject}，{rows} 条）",
        "Retention of {subject} let {rows} rows go",
    ),
    "privacy.keys_turned": (
        "加密密钥由 {subject} 换为 {to}（{values} 条数据）",
        "The key of encrypted fields turned from {subject} to {to} ({values} values)",
    ),
    "privacy.values_sealed": ("{values} 条旧数据已加密", "{values} older values were sealed"),
    "privacy.key_destroyed": ("已退役的密钥 {subject} 已销毁", "The retired key {subject} was destroyed"),
    "privacy.sharing_proposed": ("{by} 提出了数据共享协议 {subject}", "{by} proposed sharing agreement {subject}"),
    "privacy.sharing_answered": (
        "{by} 答复了数据共享协议 {subject}（{word}）",
        "{by} answered sharing agreement {subject} ({word})",
    ),
    "privacy.sharing_revoked": ("{by} 撤销了数据共享协议 {subject}", "{by} revoked sharing agreement {subject}"),
    "privacy.statistics_published": (
        "{by} 发布了 {year} 年的统计 {subject}",
        "{by} published statistics {subject} of {year}",
    ),
    "privacy.statistics_withdrawn": ("{by} 撤下了统计 {subject}", "{by} took statistics {subject} back"),
    "profiles.followed": (
        "企业 {subject} 的风险画像随现场核实更新",
        "The profile of enterprise {subject} followed answers",
    ),
}
_LOADS = {
    "graph.loaded": ("图谱事实", "facts of the risk graph"),
    "linkage.employers_loaded": ("单位记录对", "pairs of employers' records"),
    "linkage.persons_loaded": ("人员记录对", "pairs of persons' records"),
    "profiles.enterprises_loaded": ("企业", "enterprises"),
    "profiles.equipment_loaded": ("设备", "equipment rows"),
    "profiles.profiles_loaded": ("月度风险画像", "monthly profiles"),
    "profiles.exposure_loaded": ("接触指数", "exposure indices"),
    "profiles.groups_loaded": ("区域分组", "groups of the region"),
    "lake.audited": ("数据来源体检", "audited data sources"),
    "cases.loaded": ("案例", "cases"),
    "cases.codes_loaded": ("案例编码", "case codes"),
    "cases.gold_loaded": ("来源编码", "codes of sources"),
    "deduction.loaded": ("隐患点", "hazard points"),
    "rates.insured_loaded": ("缴费与支付记录", "years of payroll and benefits"),
    "warning.loaded": ("预警", "warnings"),
}


def sentences(action: str, by: tuple[str, str], subject: str, data: bytes) -> tuple[str, str]:
    """The sentence of one leaf, zh and en, as `by` names the actor. Tampered bytes give the action's name."""
    try:
        facts: dict[str, Any] = json.loads(data)["facts"]
    except (ValueError, KeyError, TypeError):
        return f"{by[0]}：{action}", f"{by[1]}: {action}"
    number = subject.partition(":")[2]
    if action in _LOADS:
        zh, en = _LOADS[action]
        n = facts.get("rows", 0)
        return f"{by[0]} 载入了 {n} 条{zh}", f"{by[1]} loaded {n} {en}"
    if action not in _SENTENCES:
        return f"{by[0]}：{action} {subject}", f"{by[1]}: {action} {subject}"
    result_zh, result_en = _RESULTS.get(str(facts.get("result")), ("", ""))
    values = {
        **{k: v for k, v in facts.items() if k.isidentifier()},
        "subject": number,
        "result_zh": result_zh,
        "result_en": result_en,
        "from_percent": _percent(facts.get("from")),
        "to_percent": _percent(facts.get("to")),
    }
    zh, en = _SENTENCES[action]
    return zh.format_map(_Shown(values, by=by[0])), en.format_map(_Shown(values, by=by[1]))


def _percent(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, float) else str(value)


class _Shown(dict[str, Any]):
    """A fact that is missing shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"
