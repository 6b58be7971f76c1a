Feature: Monitoring and enabling TikTok

  Scenario: The operators' page shows success rates and failures
    Given nothing was counted yet
    And I have a connected TikTok account
    And a user denied consent
    And a post failed because of TikTok
    When I open the operators' page
    Then "Logins" shows 1 finished, 1 cancelled or rejected and 0 failed, a success of "100.0 %"
    And "Posts" shows 0 finished, 0 cancelled or rejected and 1 failed, a success of "0.0 %"
    And the failure "UNAVAILABLE" is listed

  Scenario: An operator enables TikTok for one workspace
    Given I am logged in as a workspace member
    When I open the workspace "cove"
    Then I see "TikTok is not available in this workspace yet"
    And a request to connect an account to "ws_cove" returns 403
    When I switch TikTok on for "Cove Ceramics"
    And I open the workspace "cove"
    Then I see "No TikTok account yet"

  Scenario: Other users do not see the operators' page
    Given I am logged in as "Victor Vance"
    When I open the operators' page
    Then I see "not found"
