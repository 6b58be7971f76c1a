Feature: Watching and switching TikTok

  Scenario: Success rates and failures can be read off
    Given nothing was counted yet
    And I have a connected TikTok account
    And a consent was declined
    And a post ended with a fault of TikTok's
    When I open the operators' page
    Then "Logins" shows 1 finished, 1 ended by the person and 0 failed, a success of "100.0 %"
    And "Posts" shows 0 finished, 0 ended by the person and 1 failed, a success of "0.0 %"
    And the failure "UNAVAILABLE" is listed

  Scenario: TikTok comes to some workspaces first
    Given I am logged in as a workspace member
    When I open the workspace "cove"
    Then I see "TikTok is not switched on for this workspace yet"
    And connecting an account to "ws_cove" answers 403
    When I switch TikTok on for "Cove Ceramics"
    And I open the workspace "cove"
    Then I see "No TikTok account yet"

  Scenario: Nobody else sees how TikTok does
    Given I am logged in as "Victor Vance"
    When I open the operators' page
    Then I see "not found"
